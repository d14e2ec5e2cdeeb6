"""The specification, run on every engine."""

import pytest

from tests.spec.engines import ENGINES
from tests.spec.specification import Specification


@pytest.fixture(scope="session", params=ENGINES)
def spec(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Specification:
    """Return what asks an engine and compares its answers."""
    root = tmp_path_factory.mktemp("spec")
    return Specification(ENGINES[request.param](root), root)
