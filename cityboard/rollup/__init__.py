"""Rollups: what rows add up to, computed once a version and kept beside it."""

from cityboard.rollup.axes import Axis
from cityboard.rollup.build import build_cube, condense
from cityboard.rollup.condensed import Condensed
from cityboard.rollup.cube import ROWS, Cube
from cityboard.rollup.files import Condense, open_rollup, rollup_folder, write_rollup

__all__ = [
    "ROWS",
    "Axis",
    "Condense",
    "Condensed",
    "Cube",
    "build_cube",
    "condense",
    "open_rollup",
    "rollup_folder",
    "write_rollup",
]
