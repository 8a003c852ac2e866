"""One county lived through in memory for all tests of this room."""

from __future__ import annotations

import pytest

from forethought.county import TODAY
from forethought.county.county import County, live


@pytest.fixture(scope="session")
def county() -> County:
    """45 areas, about 75,000 people at the end. Read only."""
    return live(seed=11, scale=0.05, today=TODAY)
