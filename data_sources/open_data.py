"""The list of what the Seoul Open Data Plaza publishes."""

import polars as pl

from cityboard.catalog import Catalog
from data_sources.delimited import read_csv
from data_sources.fetched import Fetched
from data_sources.places import district_code
from data_sources.tables import read_parts

# The list numbers the Plaza's fields without naming them; named here by the titles in each.
FIELDS = {
    "0": "education",
    "1": "transport",
    "2": "urban_management",
    "3": "culture",
    "4": "health",
    "5": "welfare",
    "6": "economy",
    "7": "safety",
    "8": "population",
    "9": "administration",
    "10": "housing",
    "11": "environment",
    "12": "surveys",
}


def titles(fetched: Fetched, catalog: Catalog) -> pl.DataFrame:
    """Return a draft of the data sets in the Plaza's list, with the district a title is about.

    Args:
        fetched: UTF-8 CSV: id, title, number of the field, service name of the API.
        catalog: Knows the codes of the districts.
    """
    frame = read_parts(fetched, read_csv)
    frame = frame.with_columns(named=pl.col("title").str.extract(r"^서울시 ([가-힣]+구) "))
    return frame.with_columns(
        dataset_id_seoul="INF_ID",
        dataset_title="title",
        field_code=pl.col("group").replace(FIELDS),
        district_code=district_code("named", catalog),
        service_name="service",
        apis=pl.col("service").is_not_null().cast(pl.Int32),
    )
