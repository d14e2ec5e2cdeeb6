"""Sales of apartments, as declared to the ministry of land."""

import polars as pl

from cityboard.catalog import Catalog
from data_sources.clock import month_start
from data_sources.fetched import Fetched
from data_sources.places import district_code
from data_sources.tables import read_parquet, read_parts

# Upper limits (m², included) of the housing act's classes of exclusive area.
SIZES_M2 = {"to_60": 60, "over_60_to_85": 85, "over_85_to_135": 135}


def sales(fetched: Fetched, catalog: Catalog) -> pl.DataFrame:
    """Return a draft of apartment sales, one row each.

    Two equal rows are two sales: flats of one block are sold for the same price on the same floor,
    and the source gives no number, so the row number is the key.

    Args:
        fetched: Parquet; `price_10k_krw` in 10,000 won, `contract_yyyymm` the month of contract.
        catalog: Knows the district codes.
    """
    frame = read_parts(fetched, read_parquet)
    return frame.with_columns(
        record_number="source_row",
        sold_month=month_start(pl.col("contract_yyyymm").cast(pl.String)),
        district_code=district_code("district", catalog),
        neighbourhood_name=pl.col("sigungu").str.split(" ").list.last(),
        size_class=_size_class(),
        price_krw=pl.col("price_10k_krw") * 10_000,
        sales=pl.lit(1, pl.Int32),
    )


def _size_class() -> pl.Expr:
    area = pl.col("area_m2")
    classes = [pl.when(area <= limit).then(pl.lit(name)) for name, limit in SIZES_M2.items()]
    return pl.coalesce(*classes, pl.lit("over_135"))
