"""English names of neighbourhoods are written in one way, whichever file they come from."""

import polars as pl
import pytest

from data_sources.romanised import tidy_name


@pytest.mark.parametrize(
    ("published", "tidy"),
    [
        ("Yeoksam 1(il)-dong", "Yeoksam 1-dong"),
        ("Dangsan  2(i)-dong", "Dangsan 2-dong"),
        ("Wonhyoro1-dong", "Wonhyoro 1-dong"),
        ("Cheongpadong", "Cheongpa-dong"),
        ("Gwanghui-dong ", "Gwanghui-dong"),
        ("wirye-dong", "Wirye-dong"),
        ("Seongsu1(il)-ga2(i)-dong", "Seongsu 1-ga 2-dong"),
        ("Yongsan2Gadong", "Yongsan 2-ga-dong"),
        ("Jongno1·2·3·4Gadong", "Jongno 1·2·3·4-ga-dong"),
        ("Sanggye 10(sip)-dong", "Sanggye 10-dong"),
    ],
)
def test_published_names_become_one_form(published: str, tidy: str) -> None:
    frame = pl.DataFrame({"name": [published]}).select(tidy_name("name"))
    assert frame.item() == tidy
