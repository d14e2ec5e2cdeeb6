"""What a version may be added to: rows with the same key are replaced, others added."""

from collections.abc import Mapping

import polars as pl

from cityboard.errors import LakeError
from cityboard.lake.snapshot import Lineage, Snapshot


def upserted(
    base: Snapshot, frame: pl.DataFrame, lineage: Lineage, *, key: tuple[str, ...]
) -> pl.DataFrame:
    """Return the rows of a version with those of a frame added or put in place, sorted by key.

    Raises:
        LakeError: Classes of provenance would be mixed, the columns differ, or the key does not
            tell the rows of the frame apart.
    """
    old = pl.read_parquet(list(base.files))
    reason = _obstacle(base, old, frame, lineage=lineage, key=key)
    if reason:
        msg = f"{base.dataset} was not upserted onto version {base.version}: {reason}."
        raise LakeError(msg)
    kept = old.join(frame, on=list(key), how="anti", nulls_equal=True)
    return pl.concat([kept, frame]).sort(key)


def refuse_other_rows(base: Snapshot, frame: pl.DataFrame, lineage: Lineage) -> None:
    """Refuse rows that a version cannot take as a further file.

    Raises:
        LakeError: Classes of provenance would be mixed, or the columns differ.
    """
    schema = pl.read_parquet_schema(base.files[0])
    if reason := _mismatch(base, schema, frame, lineage):
        msg = f"{base.dataset} was not appended to version {base.version}: {reason}."
        raise LakeError(msg)


def _obstacle(
    base: Snapshot,
    old: pl.DataFrame,
    frame: pl.DataFrame,
    *,
    lineage: Lineage,
    key: tuple[str, ...],
) -> str | None:
    if reason := _mismatch(base, old.schema, frame, lineage):
        return reason
    if not key or frame.select(pl.struct(key).is_duplicated().any()).item():
        return f"the key ({', '.join(key)}) does not tell the rows given apart. Mend the cleaner"
    return None


def _mismatch(
    base: Snapshot, schema: Mapping[str, pl.DataType], frame: pl.DataFrame, lineage: Lineage
) -> str | None:
    if base.lineage.provenance != lineage.provenance:
        return (
            f"{lineage.provenance} rows cannot be mixed with {base.lineage.provenance} ones: a "
            f"version has one provenance class. Publish them as a dataset of their own"
        )
    if dict(schema) != dict(frame.schema):
        return f"its columns are {schema}, those given {frame.schema}. Replace it whole"
    return None
