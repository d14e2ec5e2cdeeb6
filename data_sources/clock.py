"""Days, months and hours as publishers write them, on the city's own clock."""

import polars as pl

from cityboard.catalog import Catalog

COMPACT_DAY = r"^(\d{4})(\d{2})(\d{2})$"


def iso_day(text: pl.Expr) -> pl.Expr:
    """Return `20230101` as `2023-01-01`, which the contract reads; other text stays as it is."""
    return text.str.replace(COMPACT_DAY, "$1-$2-$3")


def day(text: pl.Expr) -> pl.Expr:
    """Return the day that `20230101` or `2023-01-01` names; null where there is no such day."""
    return iso_day(text).str.to_date("%Y-%m-%d", strict=False)


def month_start(text: pl.Expr) -> pl.Expr:
    """Return the first day of the month that `202301` names; null where there is no such month."""
    return day(text + "01")


def to_utc(local: pl.Expr, catalog: Catalog) -> pl.Expr:
    """Return the instants (UTC) of times without a zone.

    Args:
        local: Times as the city's clocks showed them.
        catalog: Knows the city's zone.

    Returns:
        Null where clocks showed a time twice or never, when they were put forward or back.
    """
    zoned = local.dt.replace_time_zone(
        catalog.city.time_zone, ambiguous="null", non_existent="null"
    )
    return zoned.dt.convert_time_zone("UTC")
