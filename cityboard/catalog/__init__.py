"""Typed entries of a city's catalogue, and the folder they are read from."""

from cityboard.catalog.alert import AlarmLevel, Alert, Escalation
from cityboard.catalog.board import Board, BoardGroup, Menu, ViewKind
from cityboard.catalog.camera import CameraStreams
from cityboard.catalog.catalog import Catalog
from cityboard.catalog.city import Area, City, Outline
from cityboard.catalog.dataset import (
    ROWS,
    Column,
    Dataset,
    Dcat,
    Disclosure,
    Distribution,
    Grain,
    Level,
    Measure,
    Place,
    Provenance,
    Rollup,
    Time,
)
from cityboard.catalog.feed import Feed
from cityboard.catalog.indicator import Breakdown, Indicator, Target
from cityboard.catalog.organisation import Organisation, Organisations
from cityboard.catalog.plan import Plan, PlanNode
from cityboard.catalog.text import LANGUAGES, UNITS, Entry, Language, Text

__all__ = [
    "LANGUAGES",
    "ROWS",
    "UNITS",
    "AlarmLevel",
    "Alert",
    "Area",
    "Board",
    "BoardGroup",
    "Breakdown",
    "CameraStreams",
    "Catalog",
    "City",
    "Column",
    "Dataset",
    "Dcat",
    "Disclosure",
    "Distribution",
    "Entry",
    "Escalation",
    "Feed",
    "Grain",
    "Indicator",
    "Language",
    "Level",
    "Measure",
    "Menu",
    "Organisation",
    "Organisations",
    "Outline",
    "Place",
    "Plan",
    "PlanNode",
    "Provenance",
    "Rollup",
    "Target",
    "Text",
    "Time",
    "ViewKind",
]
