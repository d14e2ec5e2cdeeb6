"""Korean place names to the catalogue's codes."""

import polars as pl

from cityboard.catalog import Catalog


def district_code(column: str, catalog: Catalog) -> pl.Expr:
    """Return the MOIS code of a district named exactly in a column; null where unknown."""
    codes = {a.name.ko: a.code for a in catalog.all_areas if a.level == "district"}
    return pl.col(column).str.strip_chars().replace_strict(codes, default=None)
