"""What all tests share."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

CHECKOUT = Path(__file__).resolve().parent.parent


@pytest.fixture(scope="session")
def shared_data() -> Path:
    """The folder of real open data, or a skip where it is absent."""
    folder = Path(os.environ.get("FORETHOUGHT_SHARED", CHECKOUT.parent / "shared")) / "data"
    if not folder.is_dir():
        pytest.skip("real open data is not on this machine (set FORETHOUGHT_SHARED)")
    return folder
