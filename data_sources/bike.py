"""Public bicycles of Seoul (Ttareungyi): rentals, trips and stations."""

import io

import polars as pl

from cityboard.catalog import Catalog
from data_sources.fetched import Fetched, read_text
from data_sources.places import district_code


def rentals_daily(fetched: Fetched, catalog: Catalog) -> pl.DataFrame:
    """Return a draft of rentals per district and day.

    Args:
        fetched: UTF-8 CSV with BOM; `avg_use_time` is minutes per rental.
        catalog: Knows the district codes.
    """
    part = fetched.parts[0]
    frame = pl.read_csv(io.BytesIO(read_text(part).encode()), infer_schema=False)
    return frame.with_row_index("source_row", offset=2).with_columns(
        source_file=pl.lit(part.name),
        reject_reason=pl.lit(None, pl.String),
        rental_date="date",
        district_code=district_code("district", catalog),
        rentals="use_count",
        minutes=pl.col("use_count").cast(pl.Float64, strict=False)
        * pl.col("avg_use_time").cast(pl.Float64, strict=False),
        is_holiday=pl.col("is_holiday") == "True",
        temperature_max_celsius="temp_max",
        precipitation_mm="precip",
    )
