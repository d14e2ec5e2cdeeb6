"""The command line: build, serve, report, check, status."""

import datetime as dt
import json
import os
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Annotated, Any
from zoneinfo import ZoneInfo

import typer
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn
from rich.table import Table

from cityboard.catalog import Catalog, Dataset, Indicator
from cityboard.catalog.archive import keep
from cityboard.errors import (
    CityboardError,
    CorruptSnapshotError,
    LakeError,
    NoSnapshotError,
    RollupError,
    RunnerError,
)
from cityboard.home import (
    APPS,
    CITY_VARIABLE,
    HOME_VARIABLE,
    archive_folder,
    city_folder,
    city_store,
    home_folder,
    sign_sessions,
    store_at,
)
from cityboard.indicators import listed
from cityboard.lake import Lake, Snapshot
from cityboard.period import instant_of
from cityboard.rollup import Condense, condense, open_rollup, write_rollup
from cityboard.store import freshness

app = typer.Typer(
    name="cityboard",
    help="A whole city on one screen, every number traceable to its source and date.",
    no_args_is_help=True,
    pretty_exceptions_enable=False,
)
errors = Console(stderr=True)
TABLE_COLUMNS = 120  # of a table that goes into a file: names in it are not cut

HomeOption = Annotated[
    Path | None, typer.Option("--home", help="Folder of everything cityboard writes.")
]
CityOption = Annotated[
    str | None, typer.Option("--city", help="Folder of a catalogue, or the id of a shipped one.")
]


def main() -> None:
    """Run the command line; an error is one message without a traceback, exit code 1."""
    try:
        app()
    except CityboardError as error:
        errors.print(f"[bold red]error[/] {type(error).__name__}", highlight=False)
        errors.print(str(error), markup=False, highlight=False, soft_wrap=True)
        sys.exit(1)
    except KeyboardInterrupt:
        errors.print("Interrupted; what was published stays, nothing half-written is visible.")
        sys.exit(130)


@app.command()
def build(
    data: Annotated[
        Path | None, typer.Option(help="Folder of published files; without it, embedded figures.")
    ] = None,
    only: Annotated[
        list[str] | None, typer.Option(help="Only this dataset; may be given again.")
    ] = None,
    force: Annotated[bool, typer.Option(help="Publish though nothing changed.")] = False,  # noqa: FBT002
    engine: Annotated[
        str, typer.Option(help="What adds up the rows of rollups: own, duckdb or spark.")
    ] = "own",
    master: Annotated[
        str, typer.Option(help="Of Spark: local[2], spark://host:7077, yarn.")
    ] = "local[*]",
    home: HomeOption = None,
    city: CityOption = None,
) -> None:
    """Publish every dataset from the first of its distributions that can be used."""
    from data_sources.publish import publish  # noqa: PLC0415 - a server has no use for its 20 MB

    catalog, lake = _open(home, city)
    if data is not None and not data.is_dir():
        msg = f"--data {data}: no such folder. Name the folder with the published files."
        raise CityboardError(msg)
    by = _condense(engine, master, lake)
    keep(catalog.folder, archive_folder(lake), now=dt.datetime.now(dt.UTC))
    named = [catalog.dataset(name) for name in only] if only else list(catalog.datasets.values())
    _tell_fed(named)
    wanted = [dataset for dataset in named if not dataset.is_only_fed]
    failed: list[tuple[str, str]] = []
    started = time.monotonic()
    rows = 0
    with _progress() as progress:
        task = progress.add_task("", total=len(wanted), rows="")
        for dataset in wanted:
            progress.update(task, description=dataset.id)
            try:
                snapshot = publish(dataset, catalog=catalog, lake=lake, data=data, force=force)
            except CityboardError as error:
                failed.append((dataset.id, str(error)))
            else:
                rows += snapshot.lineage.rows_in
                _write_rollup(dataset, snapshot, by)
                speed = rows / (time.monotonic() - started)
                progress.update(task, rows=f"{speed:,.0f} rows/s")
                told = _published_words(snapshot) + (_passed_words(snapshot) if data else "")
                progress.console.print(told, markup=False, highlight=False, soft_wrap=True)
            progress.advance(task)
    if failed:
        lines = "\n".join(f"{name}: {message}" for name, message in failed)
        msg = f"{len(failed)} of {len(wanted)} datasets were not published:\n{lines}"
        raise CityboardError(msg)


def _tell_fed(datasets: list[Dataset]) -> None:
    """Say which datasets are not built, because all their rows come by a feed."""
    fed = [dataset.id for dataset in datasets if dataset.is_only_fed]
    if fed:
        words = f"By feed, so that `cityboard watch` publishes what comes: {', '.join(fed)}"
        errors.print(words, markup=False, highlight=False, soft_wrap=True)


def _condense(engine: str, master: str, lake: Lake) -> Condense:
    """Return what condenses rows; Spark is started here, so that its faults are told first."""
    name = _one_of(engine, ("own", "duckdb", "spark"), "--engine")
    if name == "own":
        return condense
    from cityboard.engines.grouped import condense_by  # noqa: PLC0415 - nor for its SQL dialects
    from cityboard.engines.runner import DuckDBRunner  # noqa: PLC0415

    if name == "duckdb":
        return condense_by(DuckDBRunner(lake.root))
    try:
        from cityboard.engines.spark import SparkRunner, start_spark  # noqa: PLC0415 - optional
    except ImportError as error:
        msg = f"--engine spark needs pyspark ({error}): pip install 'cityboard[spark]'"
        raise RunnerError(msg) from error
    return condense_by(SparkRunner(start_spark(master)))


def _write_rollup(dataset: Dataset, snapshot: Snapshot, by: Condense) -> None:
    """Add up what the entry declares; where that fails the rows answer, and why is told."""
    if dataset.rollup is None:
        return
    try:
        write_rollup(dataset, snapshot, by=by)
    except RollupError as error:
        errors.print(f"{error}; the rows answer instead", markup=False, highlight=False)


@app.command()
def serve(
    address: Annotated[str, typer.Option(help="Address to listen on.")] = "127.0.0.1",
    port: Annotated[int, typer.Option(min=0, max=65535, help="Port; 0 takes a free one.")] = 5006,
    apps: Annotated[Path, typer.Option(help="Folder of app scripts.")] = APPS,
    keep: Annotated[
        float, typer.Option(min=0.1, help="Seconds a session is kept once its reader has gone.")
    ] = 15.0,
    warm: Annotated[bool, typer.Option(help="Open every page once beforehand.")] = True,  # noqa: FBT002
    home: HomeOption = None,
    city: CityOption = None,
) -> None:
    """Serve every app, after building the embedded figures where nothing useful is published yet.

    That is also so of what an older release published, without a column that its entry has now.
    """
    catalog, lake = _open(home, city)
    built = [d for d in catalog.datasets.values() if not d.is_only_fed]
    missing = [dataset for dataset in built if not _is_published(dataset, lake)]
    if missing:
        _build_missing(missing, lake)
    sign_sessions()
    from cityboard.process import (  # noqa: PLC0415 - plotting takes 2 s
        collect_seldom,
        share_one_heap,
        take_turns,
    )
    from cityboard.server import make_server, open_pages  # noqa: PLC0415 - as above

    share_one_heap()
    take_turns()
    server = make_server(apps, address=address, port=port, unused_seconds=keep)
    if warm:
        server.io_loop.run_sync(lambda: open_pages(server))
    collect_seldom(server)
    typer.echo(f"Open http://{'localhost' if address == '127.0.0.1' else address}:{server.port}/")
    server.run_until_shutdown()


@app.command()
def watch(
    listen: Annotated[
        int | None,
        typer.Option(min=0, max=65535, help="Port for what is pushed; 0 takes a free one."),
    ] = None,
    only: Annotated[
        list[str] | None, typer.Option(help="Only this dataset's feed; may be given again.")
    ] = None,
    home: HomeOption = None,
    city: CityOption = None,
) -> None:
    """Poll feeds and take what is pushed, each event once, until ended."""
    from data_sources.feeds.watch import watch as watch_feeds  # noqa: PLC0415 - as of `build`

    catalog, lake = _open(home, city)
    watch_feeds(catalog, lake, only=only or (), listen=listen, told=typer.echo)


def _is_published(dataset: Dataset, lake: Lake) -> bool:
    """Tell whether a dataset has a version, with every column of its entry."""
    newest = next(iter(lake.versions(dataset.id)), None)
    if newest is None:
        return False
    try:
        return set(dataset.column_names) <= set(newest.columns)
    except CorruptSnapshotError:
        return True  # the version before it is served, and the reader is told


def _build_missing(missing: list[Dataset], lake: Lake) -> None:
    """Publish the embedded figures; what cannot be is told, and what was published is served."""
    try:
        build(
            data=None,
            only=[dataset.id for dataset in missing],
            force=False,
            engine="own",
            master="",
        )
    except CityboardError as error:
        if not lake.datasets():
            raise
        errors.print(str(error), markup=False, highlight=False, soft_wrap=True)


@app.command()
def report(
    board: Annotated[str, typer.Argument(help="Board of the catalogue, such as mayor.")],
    output: Annotated[Path, typer.Option("--output", "-o", help="File to write.")],
    set_: Annotated[
        list[str] | None,
        typer.Option("--set", help="State as in the address: dataset=…, area=…, time=…"),
    ] = None,
    language: Annotated[str, typer.Option(help="ko or en.")] = "ko",
    theme: Annotated[str, typer.Option(help="light or dark.")] = "light",
    home: HomeOption = None,
    city: CityOption = None,
) -> None:
    """Write a board into one HTML file that needs no network."""
    _open(home, city)
    address = _address(set_ or [])
    from cityboard.report import write_report  # noqa: PLC0415 - plotting loads in two seconds

    write_report(
        city_store(),
        board,
        output,
        language="en" if _one_of(language, ("ko", "en"), "--language") == "en" else "ko",
        theme="dark" if _one_of(theme, ("light", "dark"), "--theme") == "dark" else "light",
        address=address,
    )
    typer.echo(f"{output}: {output.stat().st_size / 1e6:.1f} MB")


@app.command()
def export(
    format_: Annotated[
        str, typer.Argument(metavar="FORMAT", help="sdmx, opensdg, dcat or datapackage.")
    ],
    output: Annotated[Path, typer.Option("--output", "-o", help="Folder to make.")],
    home: HomeOption = None,
    city: CityOption = None,
) -> None:
    """Write the city for other systems into a folder, as far as the role may see it."""
    _open(home, city)
    from cityboard.exports import write_export  # noqa: PLC0415 - a server has no use for it

    written = write_export(city_store(), format_, output)
    size = sum(path.stat().st_size for path in written)
    typer.echo(f"{output}: {len(written)} files, {size / 1e6:.1f} MB")


@app.command()
def check(home: HomeOption = None, city: CityOption = None) -> None:
    """Check the catalogue and every file of every newest version."""
    catalog, lake = _open(home, city)
    problems = list(_problems(catalog, lake))
    for problem in problems:
        errors.print(problem, markup=False, highlight=False, soft_wrap=True)
    if problems:
        raise typer.Exit(1)
    typer.echo(
        f"{catalog.id}: {len(catalog.datasets)} datasets, {len(catalog.indicators)} indicators, "
        f"{len(catalog.boards)} boards, {len(lake.datasets())} published; nothing wrong."
    )


@app.command()
def indicators(
    as_json: Annotated[bool, typer.Option("--json", help="For programs.")] = False,  # noqa: FBT002
    every: Annotated[bool, typer.Option("--all", help="Those outside the list too.")] = False,  # noqa: FBT002
    as_of: Annotated[
        str | None, typer.Option(help="As known then: 2026-11-24, or an instant.")
    ] = None,
    home: HomeOption = None,
    city: CityOption = None,
) -> None:
    """Tell the value of every indicator of the city's list, its source, class and date."""
    catalog, _ = _open(home, city)
    zone = ZoneInfo(catalog.city.time_zone)
    store = store_at(city_store(), instant_of(as_of, zone) if as_of else None)
    rows = [listed(store, each) for each in _of_list(store.catalog, every=every)]
    if as_json:
        typer.echo(json.dumps(rows, ensure_ascii=False, indent=2))
        return
    table = Table("no", "id", "value", "unit", "period", "class", "as of", "owner")
    for row in rows:
        value = "–" if row["value"] is None else f"{row['value']:,.{row['decimals']}f}"
        words = (row["unit"], row["period"], row["provenance"], row["as_of"], row["owner"])
        table.add_row(str(row["number"] or "–"), row["id"], value, *(w or "–" for w in words))
    Console(width=None if sys.stdout.isatty() else TABLE_COLUMNS).print(table)


def _of_list(catalog: Catalog, *, every: bool) -> list[Indicator]:
    """Return the indicators of the list by number, then the others where all are wanted."""
    entries = sorted(catalog.indicators.values(), key=lambda e: (e.number is None, e.number or 0))
    return [entry for entry in entries if every or entry.number is not None]


@app.command()
def status(
    as_json: Annotated[bool, typer.Option("--json", help="For programs.")] = False,  # noqa: FBT002
    home: HomeOption = None,
    city: CityOption = None,
) -> None:
    """Tell, per dataset, what was read, published and rejected, from when to when, and its age."""
    catalog, lake = _open(home, city)
    zone = ZoneInfo(catalog.city.time_zone)
    rows = [_status(dataset, lake, zone) for dataset in catalog.datasets.values()]
    if as_json:
        typer.echo(json.dumps(rows, ensure_ascii=False, indent=2))
        return
    table = Table("dataset", "rows", "rejected", "first", "last", "version", "provenance")
    for row in rows:
        table.add_row(
            row["dataset"],
            *(
                f"{row[name]:,}" if row[name] is not None else "–"
                for name in ("rows_published", "rows_rejected")
            ),
            *(
                str(row[name] if row[name] is not None else "–")[:10]
                for name in ("first", "last", "version")
            ),
            row["provenance"] or "–",
        )
    Console(width=None if sys.stdout.isatty() else TABLE_COLUMNS).print(table)


def _address(pairs: list[str]) -> dict[str, str]:
    address = dict(pair.split("=", 1) for pair in pairs if "=" in pair)
    if len(address) != len(pairs):
        msg = f"--set {' '.join(pairs)}: give name=value, each name once, such as area=11680"
        raise CityboardError(msg)
    return address


def _one_of(value: str, known: tuple[str, ...], option: str) -> str:
    if value not in known:
        msg = f"{option} {value}: there is {', '.join(known)}"
        raise CityboardError(msg)
    return value


def _open(home: Path | None, city: str | None) -> tuple[Catalog, Lake]:
    """Return catalogue and lake; what was asked holds for the whole process."""
    if home:
        os.environ[HOME_VARIABLE] = str(home.resolve())
    if city:
        os.environ[CITY_VARIABLE] = city
    catalog = Catalog(city_folder())
    return catalog, Lake(home_folder() / "lake" / catalog.id)


def _progress() -> Progress:
    return Progress(
        TextColumn("{task.description:32}"),
        BarColumn(),
        MofNCompleteColumn(),
        TextColumn("{task.fields[rows]}"),
        TimeRemainingColumn(),
        console=errors,
        transient=True,
    )


def _published_words(snapshot: Snapshot) -> str:
    if snapshot.problem:
        return snapshot.problem
    lineage = snapshot.lineage
    rejected = f", {lineage.rows_rejected:,} rejected" if lineage.rows_rejected else ""
    return (
        f"{snapshot.dataset} v{snapshot.version}: {lineage.rows_published:,} rows published"
        f"{rejected} ({lineage.provenance})"
    )


def _passed_words(snapshot: Snapshot) -> str:
    """Return a line per distribution that was preferred to the one published."""
    passed_over = () if snapshot.problem else snapshot.lineage.passed_over
    return "".join(f"\n  passed over {each.distribution}: {each.reason}" for each in passed_over)


def _problems(catalog: Catalog, lake: Lake) -> Iterator[str]:
    for dataset in catalog.datasets.values():
        try:
            snapshot = lake.snapshot(dataset.id)
        except LakeError as error:
            if not _is_off(dataset, error):
                yield f"{dataset.id}: {error}"
        else:
            if snapshot.problem:
                yield f"{dataset.id}: {snapshot.problem}"
            if dataset.rollup:
                try:
                    open_rollup(dataset, snapshot)
                except RollupError as error:
                    yield f"{dataset.id}: {error}"


def _is_off(dataset: Dataset, error: LakeError) -> bool:
    """Tell whether nothing was published because nobody watches the dataset's feed."""
    return dataset.is_only_fed and isinstance(error, NoSnapshotError)


def _status(dataset: Dataset, lake: Lake, zone: ZoneInfo) -> dict[str, Any]:
    names = ("rows_in", "rows_published", "rows_rejected", "rejects")
    try:
        snapshot = lake.snapshot(dataset.id)
    except LakeError as error:
        missing = (*names, "first", "last", "version", "provenance", "published_at", "age_days")
        problem = "its feed is off" if _is_off(dataset, error) else str(error)
        return {"dataset": dataset.id, **dict.fromkeys(missing), "problem": problem}
    lineage = snapshot.lineage
    today = dt.datetime.now(zone).date()
    first, last = (_local(instant, dataset) for instant in (lineage.first, lineage.last))
    return {
        "dataset": dataset.id,
        **{name: getattr(lineage, name) for name in names},
        "rejects": dict(lineage.rejects),
        "first": first,
        "last": last,
        "version": snapshot.version,
        "provenance": lineage.provenance,
        "published_at": snapshot.published_at.isoformat(timespec="seconds"),
        "age_days": freshness(dataset, snapshot, zone, today=today).age_days,
        "problem": snapshot.problem,
    }


def _local(instant: str | None, dataset: Dataset) -> str | None:
    """Return a day as it is, an instant on the city's clock; ISO 8601."""
    if instant is None or dataset.time is None:
        return instant
    moment = dt.datetime.fromisoformat(instant)
    return moment.astimezone(ZoneInfo(dataset.time.zone)).isoformat() if moment.tzinfo else instant
