"""Days, months and hours as publishers write them, on the city's own clock."""

import polars as pl

from cityboard.catalog import Catalog

COMPACT_DAY = r"^(\d{4})(\d{2})(\d{2})$"
# 202105111500, 2026-08-10 04:15, 2025-12-13 15:24:30 and 2025-12-13 15:24:30.0
STAMP = (
    r"^(?<year>\d{4})-?(?<month>\d{2})-?(?<day>\d{2})[ T]?"
    r"(?<hour>\d{2}):?(?<minute>\d{2}):?(?<second>\d{2})?(?:\.\d+)?$"
)


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


def read_stamp(text: pl.Expr, catalog: Catalog) -> pl.Expr:
    """Return the instants (UTC) that stamps of the city's clock name.

    Args:
        text: `202105111500`, `2026-08-10 04:15` or `2025-12-13 15:24:30`; the hour 24 is the
            first of the next day.
        catalog: Knows the city's zone.

    Returns:
        Null where the text is no such stamp, or there is no such day or time.
    """
    parts = text.str.strip_chars().str.extract_groups(STAMP)
    named = pl.concat_str(parts.struct[name] for name in ("year", "month", "day"))
    hour, minute, second = (
        parts.struct[name].cast(pl.Int64, strict=False) for name in ("hour", "minute", "second")
    )
    second = second.fill_null(0)
    is_time = hour.is_between(0, 24) & minute.is_between(0, 59) & second.is_between(0, 59)
    midnight = day(named).cast(pl.Datetime("us"))
    local = midnight + pl.duration(hours=hour, minutes=minute, seconds=second)
    return to_utc(pl.when(is_time).then(local), catalog)
