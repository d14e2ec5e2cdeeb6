"""Steps of incidents and complaints as a control room or a complaint desk pushes them."""

import polars as pl

from cityboard.catalog import LANGUAGES, Catalog, Level
from data_sources.citizen_text import plain_text
from data_sources.feeds import events
from data_sources.fetched import Fetched
from data_sources.places import area_of_points

INCIDENT_FIELDS = ("kind_code", "lon", "lat", "district_code", "neighbourhood_code")
LEVELS: tuple[Level, ...] = ("district", "neighbourhood")


def incident_events(fetched: Fetched, catalog: Catalog) -> pl.DataFrame:
    """Return a draft of steps of incidents.

    A step is never refused for where it is: coordinates outside the city are unknown, those whose
    longitude and latitude changed places are put right, and an area that is not given, or is none
    of the city's, is the one in which the point lies. A step without a title bears that of its
    kind. Titles are plain text, personal numbers in them masked.

    Args:
        fetched: Files of JSON: an object a line, a list of objects, or one object.
        catalog: Knows the bounding box, the areas and the words for the kinds.
    """
    frame = _with_columns(events(fetched, catalog), *INCIDENT_FIELDS)
    frame = frame.with_columns(_places(frame, catalog))
    frame = frame.with_columns(_areas(frame, catalog))
    return frame.with_columns(_titles(frame, catalog, "incident_steps", "kind_code"))


def complaint_events(fetched: Fetched, catalog: Catalog) -> pl.DataFrame:
    """Return a draft of steps of complaints; titles and districts are as of `incident_events`.

    Args:
        fetched: Files of JSON: an object a line, a list of objects, or one object.
        catalog: Knows the districts and the words for the categories.
    """
    frame = _with_columns(events(fetched, catalog), "category_code", "district_code")
    known = _known_area(frame, catalog, "district")
    frame = frame.with_columns(district_code=known)
    return frame.with_columns(_titles(frame, catalog, "complaint_steps", "category_code"))


def _with_columns(frame: pl.DataFrame, *names: str) -> pl.DataFrame:
    missing = [name for name in names if name not in frame.columns]
    return frame.with_columns(pl.lit(None, pl.String).alias(name) for name in missing)


def _places(frame: pl.DataFrame, catalog: Catalog) -> list[pl.Series]:
    """Return `lon` and `lat`, null where they are not in the city either way round."""
    lon, lat = (pl.col(name).cast(pl.Float64, strict=False) for name in ("lon", "lat"))
    west, south, east, north = catalog.city.bounding_box
    is_inside = lon.is_between(west, east) & lat.is_between(south, north)
    is_swapped = lat.is_between(west, east) & lon.is_between(south, north)
    return frame.select(
        lon=pl.when(is_inside).then(lon).when(is_swapped).then(lat),
        lat=pl.when(is_inside).then(lat).when(is_swapped).then(lon),
    ).get_columns()


def _areas(frame: pl.DataFrame, catalog: Catalog) -> list[pl.Series]:
    """Return the codes of the areas told, or of those in which the points lie."""
    told = {level: _known_area(frame, catalog, level) for level in LEVELS}
    if all(codes.null_count() == 0 for codes in told.values()):
        return [*told.values()]
    return [
        codes.zip_with(codes.is_not_null(), area_of_points(frame, catalog, level=level))
        for level, codes in told.items()
    ]


def _known_area(frame: pl.DataFrame, catalog: Catalog, level: Level) -> pl.Series:
    """Return the codes of a level as told, null where the city has no such area."""
    codes = {area.code: area.code for area in catalog.all_areas if area.level == level}
    return frame.get_column(f"{level}_code").replace_strict(
        codes, default=None, return_dtype=pl.String
    )


def _titles(frame: pl.DataFrame, catalog: Catalog, dataset: str, code: str) -> list[pl.Series]:
    """Return the titles as plain text; where there is none, the words for a code."""
    labels = catalog.dataset(dataset).column(code).labels or {}
    titles = []
    for language in LANGUAGES:
        name = f"title_{language}"
        words = {each: label.in_language(language) for each, label in labels.items()}
        plain = _plain(frame.get_column(name)) if name in frame.columns else None
        usual = frame.get_column(code).replace_strict(words, default=None, return_dtype=pl.String)
        title = usual if plain is None else plain.zip_with(plain.is_not_null(), usual)
        titles.append(title.alias(name))
    return titles


def _plain(texts: pl.Series) -> pl.Series:
    """Return texts without markup; each different one is read once."""
    plain = {text: plain_text(text) for text in texts.drop_nulls().unique().to_list()}
    return texts.replace_strict(plain, default=None, return_dtype=pl.String)
