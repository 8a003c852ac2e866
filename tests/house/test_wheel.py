"""The wheel carries all that runs: pages, built assets, policies, the county's template."""

from __future__ import annotations

import zipfile
from pathlib import Path

import pytest
from hatchling.builders.wheel import WheelBuilder

CHECKOUT = Path(__file__).resolve().parents[2]
PACKAGE = CHECKOUT / "src" / "forethought"


@pytest.fixture(scope="module")
def shipped(tmp_path_factory: pytest.TempPathFactory) -> set[str]:
    """Names of the files in the wheel."""
    if not (PACKAGE / "web" / "static" / "built" / "manifest.json").is_file():
        pytest.skip("the assets are not built: make assets")
    folder = tmp_path_factory.mktemp("dist")
    (path,) = WheelBuilder(str(CHECKOUT)).build(directory=str(folder), versions=["standard"])
    with zipfile.ZipFile(path) as wheel:
        return set(wheel.namelist())


@pytest.mark.parametrize(
    ("folder", "pattern", "least"),
    [
        ("web/templates", "**/*.html", 20),
        ("web/static/built", "**/*", 4),
        ("trust/policies", "*.cedar*", 3),
        ("county/template", "**/*.yaml", 20),
    ],
)
def test_every_file_that_is_read_at_run_time_is_in_the_wheel(
    shipped: set[str], folder: str, pattern: str, least: int
) -> None:
    paths = [path for path in (PACKAGE / folder).glob(pattern) if path.is_file()]
    needed = {f"forethought/{path.relative_to(PACKAGE).as_posix()}" for path in paths}
    assert len(needed) >= least
    assert needed - shipped == set()


def test_it_offers_the_command_and_the_kinds_and_no_tests(shipped: set[str]) -> None:
    assert any(name.endswith("dist-info/entry_points.txt") for name in shipped)
    assert any(name.endswith("LICENSE") for name in shipped)
    assert not any(name.startswith("tests/") for name in shipped)
    outside = [name for name in shipped if not name.startswith("forethought")]
    assert outside == []
