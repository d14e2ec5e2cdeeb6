"""Upserts: put rows in the place of those with the same key, and add the rest."""

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


def _obstacle(
    base: Snapshot,
    old: pl.DataFrame,
    frame: pl.DataFrame,
    *,
    lineage: Lineage,
    key: tuple[str, ...],
) -> str | None:
    if base.lineage.provenance != lineage.provenance:
        return (
            f"{lineage.provenance} rows cannot be mixed with {base.lineage.provenance} ones: a "
            f"version has one provenance class. Publish them as a dataset of their own"
        )
    if old.schema != frame.schema:
        return f"its columns are {old.schema}, those given {frame.schema}. Replace it whole"
    if not key or frame.select(pl.struct(key).is_duplicated().any()).item():
        return f"the key ({', '.join(key)}) does not tell the rows given apart. Mend the cleaner"
    return None
