"""Killed at any moment of a write, the store opens on a whole manifest and has lost nothing."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from forethought.data.manifest import manifest_numbers, read_manifest
from forethought.data.parts import refused_rows
from forethought.data.staging import MANAGED
from forethought.data.store import Store

if TYPE_CHECKING:
    from tests.data.conftest import Bench

    from forethought.data.contracts import Contract


Killer = Callable[[str, int, int], list[Path]]
KILLS = 25
WRITER = Path(__file__).with_name("writer_to_kill.py")
VISITS = """
    visit | person | minutes | recorded_on
    v1    | A1     | 30      | 2026-01-05
    v2    | A2     | 45      | 2026-02-05
    v3    | A2     | many    | 2026-03-05
"""
CLIENTS = """
    record | person | nhs_number | last_name | date_of_birth | uprn | team | carer_for | recorded_on
    c1     | A1     | {}         | Aspen     | 1941-03-09    | 100  | east | A2        | 2026-01-10
    c2     | A2     |            | Birch     | nonsense      | 100  | west |           | 2026-02-10
    c3     | A3     |            | Cedar     | 1962-02-28    |      | east |           | 2026-03-10
"""


@pytest.fixture(scope="module")
def bench(make_bench: Callable[[Path], Bench], tmp_path_factory: pytest.TempPathFactory) -> Bench:
    return make_bench(tmp_path_factory.mktemp("killed"))


@pytest.fixture(scope="module")
def killed(
    bench: Bench, clients: Contract, visits: Contract, nhs_number: Callable[[int], str]
) -> Killer:
    """Kills writers at seeded random points; gives the copies that they left behind.

    The ingestion is a second version of clients that brings an NHS number, so that visits
    changes in the same write.
    """
    bench.deliver(visits, VISITS)
    bench.deliver(clients, CLIENTS.format(""))
    file = bench.folder / "clients.csv"
    bench.write(CLIENTS.format(nhs_number(1)), file)
    given = (bench.store.path, bench.keys.path, clients.path, file)

    def kill(action: str, times: int, seed: int) -> list[Path]:
        command = [sys.executable, str(WRITER), action, *map(str, given), str(times), str(seed)]
        done = subprocess.run(command, capture_output=True, text=True, check=False)
        assert done.returncode == 0, done.stderr
        return [Path(f"{bench.store.path}.{action}.{point}") for point in done.stdout.split()]

    return kill


@pytest.fixture(scope="module")
def killed_ingestions(killed: Killer) -> list[Path]:
    return killed("ingest", KILLS, 1)


def contents(store: Store) -> dict[tuple[str, int], list[tuple[object, ...]]]:
    """Every row of every version."""
    return {
        (name, version.version): store.rows(version, version.schema).rows()
        for name, versions in store.manifest().versions.items()
        for version in versions
    }


@pytest.mark.parametrize("five", range(0, KILLS, 5))
def test_an_ingestion_killed_at_25_random_moments_loses_nothing(
    bench: Bench, killed_ingestions: list[Path], five: int
) -> None:
    before = contents(bench.store)
    number = bench.store.manifest().number
    for path in killed_ingestions[five : five + 5]:
        store = Store.open(path, bench.keys, bench.gate)
        assert store.notices == ()
        assert store.verify() == []
        after = contents(store)
        assert {key: after[key] for key in before} == before
        new = set(after) - set(before)
        written = store.manifest().number - number
        assert (written, new) in ((0, set()), (1, {("clients", 2), ("visits", 2)}))
        assert_clean(store)


def test_a_killed_ingestion_can_simply_be_run_again(
    bench: Bench, clients: Contract, killed_ingestions: list[Path]
) -> None:
    store = Store.open(killed_ingestions[0], bench.keys, bench.gate)
    again = replace(bench, store=store)
    rows = CLIENTS.format("").replace("nonsense", "1950-01-01")
    assert again.deliver(clients, rows).status == "new version"
    assert store.verify() == []


def test_an_erasure_killed_at_random_moments_has_happened_or_has_not(
    bench: Bench, killed: Killer
) -> None:
    before = contents(bench.store)
    for path in killed("erase", 5, 1):
        store = Store.open(path, bench.keys, bench.gate)
        assert store.verify() == []
        with store.writing() as change:
            erased = change.vault.erased().height > 0
            parts = store.manifest().datasets["visits"].parts
            refused = refused_rows(change, parts["whole"]).height
        rows = {key: len(held) for key, held in contents(store).items()}
        if erased:
            assert rows == {("visits", 1): 1, ("clients", 1): 2}
            assert refused == 0
            assert_clean(store)
        else:
            assert contents(store) == before


def assert_clean(store: Store) -> None:
    """Nothing lies in the store that the last two manifests do not name."""
    newest = store.manifest()
    named = set(newest.files())
    if newest.number - 1 in manifest_numbers(store.path):
        named |= set(read_manifest(store.path, newest.number - 1, store.keys).files())
    there = {
        path.relative_to(store.path).as_posix()
        for folder in MANAGED
        for path in (store.path / folder).rglob("*")
        if path.is_file()
    }
    assert there <= named
    assert set(newest.files()) <= there
    assert not list(store.path.glob("staging/*"))
