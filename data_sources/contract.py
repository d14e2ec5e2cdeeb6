"""The contract of a column, checked by pandera: type, missing values, range, codes."""

import warnings

import polars as pl

from cityboard.catalog import Column, Dataset
from cityboard.errors import ContractError
from data_sources.casting import POLARS_TYPES, type_words

with warnings.catch_warnings():  # pandera loads Spark's pandas where there is one; it is not used
    warnings.filterwarnings("ignore", "PySpark does not yet fully support pandas", FutureWarning)
    import pandera.polars as pandera
    from pandera.errors import SchemaErrors


def failures(values: pl.DataFrame, column: Column) -> pl.DataFrame:
    """Return the rows that break the contract of a column.

    Args:
        values: (n rows) the column alone, with its declared type.
        column: Declares its range, its codes and whether a value may be missing.

    Returns:
        `row` (from 0) and `reason`; the first reason of a row that has several.

    Raises:
        ContractError: The column cannot be checked at all.
    """
    wanted = pandera.Column(POLARS_TYPES[column.type], _checks(column), nullable=column.nullable)
    try:
        pandera.DataFrameSchema({column.name: wanted}).validate(values, lazy=True)
    except SchemaErrors as error:
        cases = error.failure_cases
    else:
        return pl.DataFrame(schema={"row": pl.UInt32, "reason": pl.String})
    if cases.get_column("index").has_nulls():
        raise ContractError(f"{column.name} cannot be checked: {cases.row(0)}")
    null = pl.col("check") == "not_nullable"
    return cases.select(
        row=pl.col("index").cast(pl.UInt32),
        reason=pl.when(null).then(pl.lit(f"{column.name} is missing")).otherwise("check"),
    ).unique("row", keep="first", maintain_order=True)


def check_names(dataset: Dataset) -> list[str]:
    """Return the names of what every published row of a dataset has passed."""
    names = [f"{c.name} is {type_words(c)}" for c in dataset.columns if c.type != "string"]
    names += [f"{c.name} is given" for c in dataset.columns if not c.nullable]
    return names + [f"not: {check.name}" for c in dataset.columns for check in _checks(c)]


def _checks(column: Column) -> list[pandera.Check]:
    checks = []
    if column.minimum is not None:
        below = f"{column.name} below {column.minimum:g}"
        checks.append(pandera.Check.ge(column.minimum, name=below, error=below))
    if column.maximum is not None:
        above = f"{column.name} above {column.maximum:g}"
        checks.append(pandera.Check.le(column.maximum, name=above, error=above))
    if column.labels is not None:
        unknown = f"{column.name} is an unknown code"
        checks.append(pandera.Check.isin(list(column.labels), name=unknown, error=unknown))
    return checks
