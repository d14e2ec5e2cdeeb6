"""Print the rows of a service of the Seoul Open Data Plaza, for an analyst.

python -m data_sources.plaza RealtimeCityAir --limit 5 --home FOLDER
"""

import contextlib
import csv
import json
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, Any

import typer

from cityboard.errors import CityboardError
from data_sources.plaza.client import Plaza

FORMULA_STARTS = ("=", "+", "-", "@", "\t", "\r", "|", "%", "＝", "＋", "－", "＠")


def main(
    service: Annotated[str, typer.Argument(help="Service name. 서비스명")],
    arguments: Annotated[list[str] | None, typer.Argument(help="In order. 요청인자")] = None,
    limit: Annotated[int | None, typer.Option(help="Rows at most. 최대 행 수")] = None,
    *,
    home: Annotated[Path, typer.Option(envvar="CITYBOARD_HOME", help="Home. 저장 폴더")],
    as_csv: Annotated[bool, typer.Option("--csv/--json", help="Form. 출력 형식")] = False,
) -> None:
    """Print rows of a service of the Seoul Open Data Plaza. 열린 데이터 광장 서비스의 행 출력."""
    plaza = Plaza(home / "lake" / ".fetched")
    try:
        rows = plaza.rows(service, arguments or (), limit=limit)
    except CityboardError as error:
        typer.echo(str(error), err=True)
        raise typer.Exit(1) from None
    if as_csv:
        _write_csv(rows)
    else:
        typer.echo(json.dumps(rows, ensure_ascii=False, indent=1))


def _write_csv(rows: list[dict[str, Any]]) -> None:
    names = list(dict.fromkeys(name for row in rows for name in row))
    writer = csv.writer(sys.stdout, lineterminator="\n")
    writer.writerow(names)
    writer.writerows([_cell(row.get(name)) for name in names] for row in rows)


def _cell(value: Any) -> Any:
    """Return a cell no spreadsheet takes for a formula."""
    if isinstance(value, (Mapping, list)):
        return json.dumps(value, ensure_ascii=False)
    if not isinstance(value, str) or not value.startswith(FORMULA_STARTS):
        return value
    with contextlib.suppress(ValueError):
        float(value)
        return value
    return f"'{value}"


if __name__ == "__main__":
    command = typer.Typer(add_completion=False, pretty_exceptions_enable=False)
    command.command()(main)
    command()
