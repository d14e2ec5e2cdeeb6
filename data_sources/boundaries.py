"""Seoul's geography from the published boundary files: `areas.csv` and `outlines.parquet`.

Run it when a boundary file changes:

    python -m data_sources.boundaries --data FOLDER --city catalogs/seoul

The outlines and MOIS codes are those the living population is counted in; KOSTAT codes come from a
cross-walk; what was split, renamed or given another code, and when, is in `changes.csv` of the
city's folder.
"""

import dataclasses
import datetime as dt
import io
import json
from pathlib import Path
from typing import Annotated, Any

import numpy as np
import polars as pl
import shapely
import typer
from python_calamine import CalamineWorkbook

from cityboard.errors import ContractError
from data_sources import outlines
from data_sources.fetched import read_text
from data_sources.romanised import tidy_name

NEIGHBOURHOODS = "boundaries/hanbyul/new_dong.json"
CROSS_WALK = "boundaries/vuski/propertiesTable.tsv"
KOSTAT = "boundaries/southkorea_kostat2013/seoul_{}_geo_simple.json"
NAMES_ATLAS = "boundaries/seoul_data_atlas/dong_geometry.json"
POPULATION = "population/202212_202212_연령별인구현황_월간.xlsx"
POPULATION_ON = dt.date(2022, 12, 31)
CITY = "11"
NAMED = {
    **dict.fromkeys(("code", "code_kostat", "level", "parent", "name_ko", "name_en"), pl.String),
    **dict.fromkeys(("valid_from", "valid_to"), pl.Date),
    "outline_of": pl.String,
}
MEASURED = ("area_km2", "population", "population_on", "lon", "lat")


@dataclasses.dataclass(frozen=True)
class Vintage:
    """A published geography: the day it shows, and how many neighbourhoods there were.

    Attributes:
        source: Why that day: what the file says of itself, or which changes it has and lacks.
    """

    on: dt.date
    neighbourhoods: int
    source: str


# The 422 shapes of the Seoul Data Atlas (about 2024) are no vintage: they are the 426 of 2022 with
# Hang-dong, Banpobon-dong and Dunchon 1-dong left out and the two Sangil-dong drawn as one.
VINTAGES: dict[str, Vintage] = {
    "kostat2013": Vintage(dt.date(2013, 12, 31), 423, "`base_year` 2013 in the file"),
    "hanbyul": Vintage(
        dt.date(2019, 12, 31), 424, "has Wirye-dong, lacks Hang-dong (split off on 2020-01-01)"
    ),
    "vuski": Vintage(
        dt.date(2022, 3, 9), 426, "vuski/admdongkor ver20220309, the presidential election"
    ),
}


def main(data: Annotated[Path, typer.Option()], city: Annotated[Path, typer.Option()]) -> None:
    """Write `areas.csv` and `outlines.parquet` of a city's folder from the published files.

    Args:
        data: Folder of published files.
        city: Folder of the city in the catalogue, with its `changes.csv`.

    Raises:
        ContractError: A vintage does not have as many neighbourhoods as `VINTAGES` says.
    """
    codes, published = _published(data)
    clean = outlines.mesh(published)
    drawn = outlines.levels(codes, outlines.simplified(clean), city=CITY)
    drawn.write_parquet(city / "outlines.parquet", compression="zstd", compression_level=19)
    named = pl.concat([_city(), _districts(data), _neighbourhoods(data, city, codes)])
    areas = (
        named.join(_places(drawn, codes, clean), on="outline_of", how="left")
        .join(_population(data), on="code", how="left")
        .select(*[name for name in NAMED if name != "outline_of"], *MEASURED)
        .sort("code", "valid_from")
    )
    _check_vintages(areas)
    areas.write_csv(city / "areas.csv")


def _published(data: Path) -> tuple[list[str], np.ndarray]:
    """Return codes, ascending, and shapes of the published neighbourhoods."""
    features = _read_json(data / NEIGHBOURHOODS)["features"]
    features.sort(key=lambda feature: feature["properties"]["code_8"])
    codes = [str(feature["properties"]["code_8"]) for feature in features]
    shapes = [shapely.from_geojson(json.dumps(feature["geometry"])) for feature in features]
    return codes, np.array(shapes)


def _city() -> pl.DataFrame:
    row = {"code": CITY, "code_kostat": CITY, "level": "city", "outline_of": CITY}
    return pl.DataFrame([{**row, "name_ko": "서울특별시", "name_en": "Seoul"}], schema=NAMED)


def _districts(data: Path) -> pl.DataFrame:
    pairs = _cross_walk(data).select("parent", pl.col("code_kostat").str.head(5)).unique()
    districts = pairs.join(_kostat(data, "municipalities"), on="code_kostat", how="left")
    return _complete(
        districts.select(
            code="parent",
            code_kostat="code_kostat",
            level=pl.lit("district"),
            parent=pl.lit(CITY),
            name_ko="kostat_ko",
            name_en="kostat_en",
            outline_of="parent",
        )
    )


def _neighbourhoods(data: Path, city: Path, codes: list[str]) -> pl.DataFrame:
    """Return the neighbourhoods of every vintage: those that lasted, and those that changed."""
    changed = pl.read_csv(city / "changes.csv", infer_schema=False)
    lasted = sorted(set(codes) - set(changed.get_column("code")))
    same = pl.DataFrame({"code": lasted, "outline_of": lasted}).join(_cross_walk(data), on="code")
    atlas = pl.DataFrame(_read_json(data / NAMES_ATLAS)).select(
        code=pl.col("dong_code").str.head(8), atlas_en="dong_name"
    )
    both = pl.concat([same, changed], how="diagonal")
    both = both.join(_kostat(data, "submunicipalities"), on="code_kostat", how="left")
    both = both.join(atlas, on="code", how="left").with_columns(
        pl.lit("neighbourhood").alias("level"),
        pl.col("code").str.head(5).alias("parent"),
        pl.coalesce("name_en", tidy_name("kostat_en"), tidy_name("atlas_en")),
        pl.col("valid_from", "valid_to").str.to_date(),
    )
    return _complete(both)


def _complete(areas: pl.DataFrame) -> pl.DataFrame:
    """Return the columns of `NAMED`, null where there are none."""
    missing = [pl.lit(None, kind).alias(n) for n, kind in NAMED.items() if n not in areas.columns]
    return areas.with_columns(missing).select(*NAMED)


def _cross_walk(data: Path) -> pl.DataFrame:
    """Return `code` (MOIS), `code_kostat`, `parent` and `name_ko` of Seoul in March 2022."""
    text = io.BytesIO(read_text(data / CROSS_WALK).encode())
    rows = pl.read_csv(text, separator="\t", infer_schema=False)
    return rows.filter(pl.col("sido") == CITY).select(
        code=pl.col("adm_cd2").str.head(8),
        code_kostat="adm_cd",
        parent="sgg",
        name_ko="emd_nm",
    )


def _kostat(data: Path, level: str) -> pl.DataFrame:
    """Return `code_kostat`, `kostat_ko` and `kostat_en` of one level in 2013."""
    rows = [f["properties"] for f in _read_json(data / KOSTAT.format(level))["features"]]
    return pl.DataFrame(rows).select(code_kostat="code", kostat_ko="name", kostat_en="name_eng")


def _places(drawn: pl.DataFrame, codes: list[str], clean: np.ndarray) -> pl.DataFrame:
    """Return `area_km2` before simplification, and a point inside the outline as drawn."""
    km2 = pl.DataFrame({"part": codes, "km2": shapely.area(clean) / 1e6})
    shapes = shapely.from_wkb(drawn.get_column("wkb").to_numpy())
    # The centre of the largest circle inside: where a name has most room.
    points = shapely.get_point(shapely.maximum_inscribed_circle(shapes, tolerance=1e-4), 0)
    within = [km2.filter(pl.col("part").str.starts_with(code)) for code in drawn["code"]]
    return pl.DataFrame(
        {
            "outline_of": drawn["code"],
            "area_km2": [round(parts["km2"].sum(), 4) for parts in within],
            "lon": shapely.get_x(points).round(6),
            "lat": shapely.get_y(points).round(6),
        }
    )


def _population(data: Path) -> pl.DataFrame:
    """Return `code`, `population` and `population_on` of the city and its districts."""
    rows = CalamineWorkbook.from_path(data / POPULATION).get_sheet_by_index(0).to_python()
    counts = {str(row[0]): str(row[2]) for row in rows if str(row[0]).startswith(CITY)}
    codes = [CITY if code[2:5] == "000" else code[:5] for code in counts]
    return pl.DataFrame({"code": codes, "population": list(counts.values())}).with_columns(
        pl.col("population").str.replace_all(",", "").cast(pl.Int64),
        population_on=pl.lit(POPULATION_ON),
    )


def _read_json(path: Path) -> Any:
    return json.loads(read_text(path))


def _check_vintages(areas: pl.DataFrame) -> None:
    """Raise a `ContractError` for a vintage with more or fewer neighbourhoods than there were."""
    for name, vintage in VINTAGES.items():
        began = pl.col("valid_from").is_null() | (pl.col("valid_from") <= vintage.on)
        lasted = pl.col("valid_to").is_null() | (pl.col("valid_to") > vintage.on)
        found = areas.filter(began & lasted & (pl.col("level") == "neighbourhood")).height
        if found != vintage.neighbourhoods:
            msg = (
                f"{name}: {found} neighbourhoods on {vintage.on}, not {vintage.neighbourhoods}. "
                "Mend changes.csv in the city's folder."
            )
            raise ContractError(msg)


if __name__ == "__main__":
    typer.run(main)
