"""English names of neighbourhoods, written in one way."""

import polars as pl


def tidy_name(column: str) -> pl.Expr:
    """Return romanised names in the form `Yeoksam 1-dong`.

    The published ones read `Yeoksam 1(il)-dong`, `Dangsan1-dong`, `Cheongpadong`, `wirye-dong` or
    `Jongno1·2·3·4Gadong`; the spelling itself (Revised Romanization) is left as it is.
    """
    name = pl.col(column).str.strip_chars().str.replace_all(r"\([a-z]+\)", "")
    name = name.str.replace("Gadong$", "-ga-dong").str.replace(r"-?dong$", "-dong")
    name = name.str.replace_all(r"([a-z])\s*([0-9])", "$1 $2")
    return name.str.head(1).str.to_uppercase() + name.str.slice(1)
