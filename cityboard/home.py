"""Where this installation keeps its city: folders from the environment, one store a process."""

import datetime as dt
import functools
import os
import secrets
from pathlib import Path
from typing import get_args

import platformdirs

from cityboard.catalog import Catalog
from cityboard.catalog.archive import kept_at
from cityboard.errors import CatalogError
from cityboard.lake import Lake
from cityboard.store import Role, Store, open_store

HOME_VARIABLE, CITY_VARIABLE, ROLE_VARIABLE = "CITYBOARD_HOME", "CITYBOARD_CITY", "CITYBOARD_ROLE"
SHIPPED_CITIES = Path(__file__).parent.parent / "catalogs"
APPS = Path(__file__).parent.parent / "apps"
DEFAULT_CITY = "seoul"


def home_folder() -> Path:
    """Return the folder of everything cityboard writes: CITYBOARD_HOME, else a per-user one."""
    named = os.environ.get(HOME_VARIABLE)
    return Path(named) if named else Path(platformdirs.user_data_dir("cityboard", appauthor=False))


def city_folder(city: str | None = None) -> Path:
    """Return the folder of the city's catalogue: CITYBOARD_CITY (a path, or a shipped city's id).

    Args:
        city: Another, by path or id; the one of CITYBOARD_CITY by its id too.

    Raises:
        CatalogError: There is no such folder.
    """
    named = os.environ.get(CITY_VARIABLE, DEFAULT_CITY)
    if city is not None and city != Path(named).name:
        named = city
    for folder in (Path(named), SHIPPED_CITIES / named):
        if (folder / "city.yaml").is_file():
            return folder
    shipped = ", ".join(sorted(path.parent.name for path in SHIPPED_CITIES.glob("*/city.yaml")))
    msg = (
        f"{CITY_VARIABLE}={named!r}: no folder with a city.yaml, neither as a path nor shipped. "
        f"Shipped: {shipped or 'none'}."
    )
    raise CatalogError(msg)


def role() -> Role:
    """Return the role this process serves: CITYBOARD_ROLE, public unless set.

    Raises:
        CatalogError: There is no such role.
    """
    named = os.environ.get(ROLE_VARIABLE, "public")
    for known in get_args(Role):
        if named == known:
            found: Role = known
            return found
    msg = f"{ROLE_VARIABLE}={named!r}: no such role; there is {', '.join(get_args(Role))}."
    raise CatalogError(msg)


@functools.cache
def city_store() -> Store:
    """Return the process's one store; the first call opens it."""
    return open_store(city_folder(), home_folder(), role=role())


def archive_folder(lake: Lake) -> Path:
    """Return the folder of the catalogues that were kept, beside the city's lake."""
    return lake.root.parent.parent / "catalogs" / lake.root.name


def store_at(store: Store, as_of: dt.datetime | None) -> Store:
    """Return a city as it was known at an instant (aware): its data, geography and definitions."""
    if as_of is None:
        return store
    kept = kept_at(archive_folder(store.lake), as_of)
    return store.at(as_of, catalog=None if kept is None else _kept_catalog(kept))


@functools.lru_cache(8)
def _kept_catalog(folder: Path) -> Catalog:
    return Catalog(folder)


def sign_sessions() -> None:
    """Have Bokeh sign sessions, with the key of BOKEH_SECRET_KEY or one of this process alone.

    To be called before Bokeh is imported: it takes the key as a default argument on import.
    """
    os.environ.setdefault("BOKEH_SECRET_KEY", secrets.token_urlsafe(32))
    os.environ["BOKEH_SIGN_SESSIONS"] = "yes"
