"""What all tests share: real open data, one small county, one demonstration workspace."""

from __future__ import annotations

import fcntl
import os
import re
import shutil
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from hypothesis import HealthCheck, settings

CHECKOUT = Path(__file__).resolve().parent.parent
SMALL_SCALE, SMALL_SEED = 0.02, 7
settings.register_profile("any_load", suppress_health_check=[HealthCheck.too_slow], deadline=None)
settings.load_profile("any_load")  # a busy machine is no failure of what is tested


@pytest.fixture(scope="session")
def shared_data() -> Path:
    """The folder of real open data, or a skip where it is absent."""
    folder = Path(os.environ.get("FORETHOUGHT_SHARED", CHECKOUT.parent / "shared")) / "data"
    if not folder.is_dir():
        pytest.skip("real open data is not on this machine (set FORETHOUGHT_SHARED)")
    return folder


@pytest.fixture(scope="session", autouse=True)
def keys_apart(tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    """Key files of test stores lie with the tests, never in the user's own folder."""
    patch = pytest.MonkeyPatch()
    patch.setenv("FORETHOUGHT_KEYS", str(_shared_root(tmp_path_factory) / "keys"))
    yield
    patch.undo()


@pytest.fixture(scope="session")
def small_county(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A workspace folder with the small county's files, nothing loaded. Read only."""

    def build(folder: Path) -> None:
        from forethought.county import build_county, write_template

        write_template(folder)
        build_county(folder, scale=SMALL_SCALE, seed=SMALL_SEED)

    return _once(tmp_path_factory, "small-county", build)


@pytest.fixture(scope="session")
def demo(tmp_path_factory: pytest.TempPathFactory, small_county: Path) -> Path:
    """The demonstration over the small county: loaded, and every insight run. Read only."""

    def build(folder: Path) -> None:
        from forethought.workspace.making import make_demo, settle_demo

        shutil.copytree(small_county, folder)
        spec = folder / "insights" / "demand.yaml"
        spec.write_text(spec.read_text().replace("most_series: 120", "most_series: 30"))
        spec = folder / "insights" / "budget.yaml"
        spec.write_text(spec.read_text().replace("outturn_again: month", "outturn_again: quarter"))
        settle_demo(folder)
        make_demo(folder, scale=SMALL_SCALE, seed=SMALL_SEED, progress=lambda _: None)

    return _once(tmp_path_factory, "demo", build)


@pytest.fixture
def demo_copy(demo: Path, tmp_path: Path) -> Path:
    """A copy of the demonstration that a test may change."""
    target = tmp_path / "my-county"
    shutil.copytree(demo, target)
    return target


def _shared_root(factory: pytest.TempPathFactory) -> Path:
    base = factory.getbasetemp()
    root = base.parent if re.match(r"popen-gw\d+", base.name) else base
    folder = root / "shared"
    folder.mkdir(exist_ok=True)
    return folder


def _once(factory: pytest.TempPathFactory, name: str, build: Callable[[Path], None]) -> Path:
    """Build a folder in the first worker that asks; the others wait for it."""
    root = _shared_root(factory)
    done = root / f"{name}.done"
    with _locked(root / f"{name}.lock"):
        if not done.exists():
            build(root / name)
            done.touch()
    return root / name


@contextmanager
def _locked(path: Path) -> Iterator[None]:
    with path.open("w") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        yield
