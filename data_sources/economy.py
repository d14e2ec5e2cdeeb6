"""Work and trade: the labour force, card sales of shops, visitors from abroad."""

from pathlib import Path
from typing import Any

import polars as pl

from cityboard.catalog import Catalog
from cityboard.errors import SourceError
from data_sources.clock import month_start
from data_sources.delimited import read_delimited
from data_sources.fetched import Fetched
from data_sources.tables import read_json, read_parts, record_table

ITEMS = {
    "population_15_over": "persons_15_plus",
    "employed": "employed_persons",
    "unemployed": "unemployed_persons",
    "economically_inactive": "inactive_persons",
    "labor_force_participation_rate": "participation_rate_pct",
    "employment_rate": "employment_rate_pct",
    "employment_rate_15_64": "employment_rate_15_64_pct",
    "unemployment_rate": "unemployment_rate_pct",
}
ARRIVALS = {"yyyymm": "month", "arrivals_persons": "arrivals"}


def labour_force(fetched: Fetched, catalog: Catalog) -> pl.DataFrame:
    """Return a draft of a region's labour force per year.

    A row is a region's year, which stands in nine records; it is traced to the first of them. The
    other regions and the whole country are rows too, and are rejected.

    Args:
        fetched: JSON, one record a region, year and item; persons, and rates in per cent.
        catalog: Knows the city's name.

    Raises:
        SourceError: It is no list of such records.
    """
    long = read_parts(fetched, _items)
    item = pl.col("item")
    found = [
        pl.col("value").filter(item == name).first().alias(column) for name, column in ITEMS.items()
    ]
    trace = pl.col("source_file", "source_row", "reject_reason").first()
    rows = long.group_by("region", "year", maintain_order=True).agg(trace, *found)
    is_elsewhere = pl.col("region") != catalog.city.title.ko
    return rows.with_columns(
        year_start_date=pl.col("year") + "-01-01",
        reject_reason=pl.when(is_elsewhere).then(pl.lit("another region")),
    )


def retail_card_sales(fetched: Fetched, catalog: Catalog) -> pl.DataFrame:  # noqa: ARG001 - a cleaner's form
    """Return a draft of card sales of shops per district and day; its temperatures stay behind.

    Args:
        fetched: JSON, district code → records of one day each.
        catalog: The city's.

    Raises:
        SourceError: It is no map to such records.
    """
    return read_parts(fetched, _districts).with_columns(
        sold_date="date", sales_krw="retail_total_amount"
    )


def foreign_arrivals(fetched: Fetched, catalog: Catalog) -> pl.DataFrame:  # noqa: ARG001 - a cleaner's form
    """Return a draft of visitors from abroad per month, of the whole country.

    Args:
        fetched: CSV; months as `202512`.
        catalog: The city's.

    Raises:
        SourceError: It is no such table.
    """

    def months(part: Path) -> pl.DataFrame:
        return read_delimited(part, ARRIVALS)

    return read_parts(fetched, months).with_columns(month=month_start(pl.col("month")))


def _items(part: Path) -> pl.DataFrame:
    return record_table(read_json(part), ["region", "year", "item", "value"], part)


def _districts(part: Path) -> pl.DataFrame:
    content: Any = read_json(part)
    if not isinstance(content, dict) or not content:
        msg = (
            f"{part}: a map of district codes to days was expected. "
            "Its publisher changed it: teach data_sources/economy.py the new form."
        )
        raise SourceError(msg)
    names = ["date", "retail_total_amount"]
    days = [
        record_table(records, names, part).with_columns(district_code=pl.lit(code))
        for code, records in content.items()
    ]
    return pl.concat(days)
