"""Seoul's compact figures: tables computed from the published files, in the catalogue's own schema.

They ship with the project, so that a new machine shows a real city without any download. Run it
when a published file or a cleaner changes:

    python -m data_sources.figures --data FOLDER --city catalogs/seoul

Every table keeps the grain of the indicators made from it: an indicator has the same value from
figures as from the published files (held by a test).
"""

import calendar
import datetime as dt
import io
import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import Annotated, Any

import polars as pl
import pyarrow as pa
import pyarrow.parquet as pq
import typer

from cityboard.catalog import Catalog, Dataset
from cityboard.errors import ContractError
from cityboard.lake import Lake
from data_sources.draft import POLARS_TYPES, conform
from data_sources.fetched import Fetched
from data_sources.publish import publish

Condenser = Callable[[pl.DataFrame], pl.DataFrame]
LEVEL = 19  # of zstd: small matters more here than quick
ROWS_A_FILE = 400_000  # a file of bus stops stays near a megabyte
LOCAL = "Asia/Seoul"


def table(fetched: Fetched, catalog: Catalog) -> pl.DataFrame:  # noqa: ARG001 - a cleaner's form
    """Return a draft of one figure table; its columns are the dataset's own."""
    return pl.concat([_as_draft(pl.read_parquet(part), part.name) for part in fetched.parts])


def _as_draft(frame: pl.DataFrame, name: str) -> pl.DataFrame:
    return frame.with_row_index("source_row", offset=1).with_columns(
        source_file=pl.lit(name), reject_reason=pl.lit(None, pl.String)
    )


def _everything(frame: pl.DataFrame) -> pl.DataFrame:
    return frame


def _since(column: str, first: dt.date) -> Condenser:
    def condense(frame: pl.DataFrame) -> pl.DataFrame:
        day = pl.col(column)
        if isinstance(frame.schema[column], pl.Datetime):
            day = day.dt.convert_time_zone(LOCAL)
        return frame.filter(day.dt.date() >= first)

    return condense


def _but(*columns: str) -> Condenser:
    """Return every row without some columns, coordinates to five decimals (about a metre)."""

    def condense(frame: pl.DataFrame) -> pl.DataFrame:
        places = [name for name in ("lon", "lat") if name in frame.columns]
        return frame.drop(columns).with_columns(pl.col(places).round(5))

    return condense


def _summed(groups: tuple[str, ...], sums: tuple[str, ...], number: str | None = None) -> Condenser:
    """Return sums per group; rows get a running `number` where the key asks for one."""

    def condense(frame: pl.DataFrame) -> pl.DataFrame:
        total = frame.group_by(groups, maintain_order=True).agg(pl.col(sums).sum()).sort(groups)
        return total.with_row_index(number, offset=1) if number else total

    return condense


def _bus_boardings(frame: pl.DataFrame) -> pl.DataFrame:
    """Return sums per stop, hour and month; a stop that was renamed keeps its last name."""
    place = ("stop_name", "district_code", "lon", "lat")
    stops = frame.sort("month", "stop_name").group_by("stop_id_ars").agg(pl.col(place).last())
    total = _summed(("stop_id_ars", "hour", "month"), ("boardings", "alightings"))(frame)
    return total.join(stops, on="stop_id_ars", maintain_order="left").with_columns(entry_number=1)


def _bike_trips(frame: pl.DataFrame) -> pl.DataFrame:
    """Return sums per month, hour of day and station, each dated the month's first day."""
    local = pl.col("rented_at").dt.convert_time_zone(LOCAL)
    hour = local.dt.truncate("1mo") + pl.duration(hours=local.dt.hour())
    frame = frame.with_columns(rented_at=hour.dt.convert_time_zone("UTC"))
    station = ("from_station_number", "from_station_name", "district_code", "lon", "lat")
    total = _summed((*station, "rented_at"), ("trips", "minutes", "distance_m"))(frame)
    return total.with_columns(entry_number=1)


def _subway_boardings(frame: pl.DataFrame) -> pl.DataFrame:
    """Return sums per month, line and station, of the months that have all their days."""
    day = pl.col("boarding_date")
    days = frame.group_by(month=day.dt.truncate("1mo")).agg(days=day.n_unique())
    whole = [
        month for month, n in days.rows() if n == calendar.monthrange(month.year, month.month)[1]
    ]
    frame = frame.with_columns(boarding_date=day.dt.truncate("1mo"))
    frame = frame.filter(pl.col("boarding_date").is_in(whole))
    station = ("line_name", "station_name", "district_code", "lon", "lat")
    total = _summed((*station, "boarding_date"), ("boardings", "alightings"))(frame)
    return total.with_columns(entry_number=1)


def _whole_persons(frame: pl.DataFrame) -> pl.DataFrame:
    """Return every row in whole persons, an area's hours together: half the bytes."""
    area = next(name for name in frame.columns if name.endswith("_code"))
    return frame.with_columns(pl.col("persons").round()).sort(area, "observed_at")


def _citizen_proposals(frame: pl.DataFrame) -> pl.DataFrame:
    """Return sums per day and district named; what citizens wrote is left to the source."""
    total = _summed(("proposed_date", "district_code"), ("votes", "proposals"), "proposal_id")(
        frame
    )
    midnight = pl.col("proposed_date").cast(pl.Datetime("us")).dt.replace_time_zone(LOCAL)
    return total.with_columns(proposed_at=midnight.dt.convert_time_zone("UTC"))


CONDENSERS: dict[str, Condenser] = {
    "air_quality_daily": _since("measured_date", dt.date(2020, 1, 1)),
    "air_quality_hourly": _since("measured_at", dt.date(2022, 1, 1)),
    "apartment_sales": _summed(
        ("sold_month", "district_code", "size_class"),
        ("sales", "price_krw", "area_m2"),
        "record_number",
    ),
    "bike_rentals_daily": _but("temperature_max_celsius", "precipitation_mm"),
    "bike_stations": _but("address"),
    "bike_trips": _bike_trips,
    "bus_boardings": _bus_boardings,
    "cctv_cameras": _but("owner_name", "recorded_date"),
    "citizen_proposals": _citizen_proposals,
    "crime": _everything,
    "emergency_bells": _but(),
    "fire_stations": _but(),
    "hospitals": _but("address"),
    "living_population_district_hourly": _whole_persons,
    "living_population_neighbourhood_hourly": _whole_persons,
    "population": _everything,
    "street_lights": _but(),
    "subway_boardings_daily": _subway_boardings,
    "subway_stations": _but(),
}


def compute(catalog: Catalog, data: Path) -> dict[str, int]:
    """Compute every figure table of a city into its folder; bytes written per dataset.

    Args:
        catalog: The city's.
        data: Folder of published files.

    Raises:
        CityboardError: A dataset cannot be published from the files.
    """
    sizes = {}
    with tempfile.TemporaryDirectory() as folder:
        lake = Lake(Path(folder))
        for name, condense in CONDENSERS.items():
            dataset = catalog.dataset(name)
            snapshot = publish(dataset, catalog=catalog, lake=lake, data=data)
            frame = _columns(condense(pl.read_parquet(list(snapshot.files))), dataset)
            if rejects := conform(_as_draft(frame, name), dataset, catalog).rejects.height:
                msg = f"{name}: {rejects} rows of its figures break its own contract"
                raise ContractError(msg)
            sizes[name] = _write(frame, dataset.id, catalog.figures_folder)
    return sizes


def _columns(frame: pl.DataFrame, dataset: Dataset) -> pl.DataFrame:
    """Return a table with the dataset's columns, those it lost null."""
    types = {column.name: POLARS_TYPES[column.type] for column in dataset.columns}
    return frame.select(
        (pl.col(name) if name in frame.columns else pl.lit(None)).cast(kind).alias(name)
        for name, kind in types.items()
    )


def _write(frame: pl.DataFrame, dataset: str, folder: Path) -> int:
    """Write a table in files of a megabyte or so; bytes written."""
    folder.mkdir(exist_ok=True)
    for old in folder.glob(f"{dataset}*.parquet"):
        old.unlink()
    pieces = max(1, round(frame.height / ROWS_A_FILE))
    total = 0
    for number in range(pieces):
        part = frame.slice(number * ROWS_A_FILE, ROWS_A_FILE if number < pieces - 1 else None)
        name = dataset if pieces == 1 else f"{dataset}_{number + 1}"
        content = _smallest(part)
        (folder / f"{name}.parquet").write_bytes(content)
        total += len(content)
    return total


def _smallest(frame: pl.DataFrame) -> bytes:
    """Return the table as parquet, its numbers split into byte streams where that is smaller."""
    table = frame.to_arrow(compat_level=pl.CompatLevel.oldest())
    numbers = [name for name, kind in frame.schema.items() if kind.is_numeric()]
    others = [name for name in frame.columns if name not in numbers]
    written = [_parquet(table, use_dictionary=True)]
    if numbers:
        split = dict.fromkeys(numbers, "BYTE_STREAM_SPLIT")
        written.append(_parquet(table, use_dictionary=others, column_encoding=split))
        repeated = [name for name in numbers if frame[name].n_unique() < frame.height / 10]
        split = {name: kind for name, kind in split.items() if name not in repeated}
        written.append(
            _parquet(table, use_dictionary=[*others, *repeated], column_encoding=split or None)
        )
    return min(written, key=len)


def _parquet(table: pa.Table, **options: Any) -> bytes:
    content = io.BytesIO()
    pq.write_table(table, content, compression="zstd", compression_level=LEVEL, **options)
    return content.getvalue()


def main(
    data: Annotated[Path, typer.Option(help="Folder of published files.")],
    city: Annotated[Path, typer.Option(help="Folder of the catalogue.")] = Path("catalogs/seoul"),
) -> None:
    """Compute the embedded figures and print their sizes."""
    sizes = compute(Catalog(city), data)
    for name, size in sizes.items():
        typer.echo(f"{size / 1e3:8.0f} kB  {name}")
    typer.echo(f"{sum(sizes.values()) / 1e3:8.0f} kB  together")


if __name__ == "__main__":
    typer.run(main)
