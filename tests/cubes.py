"""Compare cubes: axes, parts, types and every cell."""

import numpy as np

from cityboard.rollup import Cube


def assert_equal_cubes(found: Cube, expected: Cube) -> None:
    """Compare two cubes to the bit."""
    assert [axis.name for axis in found.axes] == [axis.name for axis in expected.axes]
    for one, other in zip(found.axes, expected.axes, strict=True):
        assert one.values.dtype == other.values.dtype, one.name
        np.testing.assert_array_equal(one.values, other.values, one.name)
    for tables, others in (
        (found.cumulative, expected.cumulative),
        (found.daily, expected.daily),
    ):
        assert list(tables) == list(others)
        for part, table in tables.items():
            assert table.dtype == others[part].dtype, part
            np.testing.assert_array_equal(table, others[part], part)
