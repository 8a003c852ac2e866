"""Backup, restore and upgrade: what was there is there again, or it is said why not."""

from __future__ import annotations

import json
import shutil
import sqlite3
from contextlib import closing
from pathlib import Path
from typing import TYPE_CHECKING

import polars as pl
import pytest

from forethought.data.backup import backup, restore
from forethought.data.gate import ReadRequest
from forethought.data.keys import KeyRing
from forethought.data.store import Store
from forethought.data.upgrade import upgrade
from forethought.errors import StoreError

if TYPE_CHECKING:
    from tests.data.conftest import Bench

    from forethought.data.contracts import Contract


OldStore = tuple[Path, KeyRing, pl.DataFrame]
CLIENTS = """
    record | person | nhs_number | last_name | date_of_birth | uprn | team | carer_for | recorded_on
    c1     | A1     |            | Aspen     | 1941-03-09    | 100  | east | A2        | 2026-01-10
    c2     | A2     |            | Birch     | nonsense      | 100  | west |           | 2026-02-10
"""


@pytest.fixture
def archive(bench: Bench, clients: Contract, tmp_path: Path) -> Path:
    bench.deliver(clients, CLIENTS)
    bench.deliver(clients, CLIENTS.replace("east", "north"))
    with closing(sqlite3.connect(bench.store.path / "control.sqlite")) as control:
        control.execute("PRAGMA journal_mode = WAL").fetchall()
        control.execute("CREATE TABLE audit (entry TEXT)")
        control.execute("INSERT INTO audit VALUES ('kept')")
        control.commit()
    run = bench.store.path / "runs" / "demand" / "r1"
    run.mkdir(parents=True)
    (run / "receipt.json").write_text('{"label": "FT-1"}')
    backup(bench.store.path, tmp_path / "archive.ftb", bench.keys)
    return tmp_path / "archive.ftb"


def test_a_destroyed_store_comes_back_as_it_was(bench: Bench, archive: Path) -> None:
    before = bench.store.manifest()
    read = bench.read("clients").frame
    shutil.rmtree(bench.store.path)
    report = restore(archive, bench.store.path, bench.keys)
    store = bench.reopened()
    assert store.manifest() == before
    assert store.verify() == []
    assert store.read(ReadRequest("sam.okoro", "plan-services", "clients")).frame.equals(read)
    assert (report.manifest, report.datasets) == (2, 1)
    assert json.loads((store.path / "runs/demand/r1/receipt.json").read_text())["label"] == "FT-1"
    with closing(sqlite3.connect(store.path / "control.sqlite")) as control:
        assert control.execute("SELECT entry FROM audit").fetchall() == [("kept",)]


def test_a_restored_store_takes_the_next_delivery(
    bench: Bench, clients: Contract, archive: Path
) -> None:
    shutil.rmtree(bench.store.path)
    restore(archive, bench.store.path, bench.keys)
    bench.store = bench.reopened()
    assert bench.deliver(clients, CLIENTS.replace("east", "north")).status == "no change"
    assert bench.deliver(clients, CLIENTS.replace("nonsense", "1950-01-01")).healed == (
        "record c2",
    )


def test_neither_keys_nor_anything_readable_is_in_the_archive(bench: Bench, archive: Path) -> None:
    data = archive.read_bytes()
    for secret in (bench.keys.root, bench.keys.path.read_bytes().strip(), b"Aspen", b"clients"):
        assert secret not in data
    assert archive.stat().st_mode & 0o777 == 0o600


def test_an_archive_opens_under_its_own_key_alone(
    bench: Bench, archive: Path, tmp_path: Path
) -> None:
    other = KeyRing.create(tmp_path / "other.key")
    with pytest.raises(StoreError, match="does not open"):
        restore(archive, tmp_path / "elsewhere", other)
    assert not (tmp_path / "elsewhere").exists()


@pytest.mark.parametrize("place", [0.02, 0.5, 0.999])
def test_a_changed_archive_restores_nothing(
    bench: Bench, archive: Path, tmp_path: Path, place: float
) -> None:
    data = bytearray(archive.read_bytes())
    data[int(len(data) * place)] ^= 1
    archive.write_bytes(bytes(data))
    with pytest.raises(StoreError):
        restore(archive, tmp_path / "elsewhere", bench.keys)
    assert {path.name for path in tmp_path.iterdir()}.isdisjoint({"elsewhere"})
    assert not list(tmp_path.glob(".*restoring*"))


def test_a_cut_archive_restores_nothing(bench: Bench, archive: Path, tmp_path: Path) -> None:
    archive.write_bytes(archive.read_bytes()[:-40])
    with pytest.raises(StoreError):
        restore(archive, tmp_path / "elsewhere", bench.keys)


def test_restoring_never_overwrites(bench: Bench, archive: Path) -> None:
    with pytest.raises(StoreError, match="something at the place"):
        restore(archive, bench.store.path, bench.keys)


def test_a_backup_is_never_overwritten_nor_kept_inside_the_store(
    bench: Bench, archive: Path
) -> None:
    with pytest.raises(StoreError, match="already"):
        backup(bench.store.path, archive, bench.keys)
    with pytest.raises(StoreError, match="inside the store"):
        backup(bench.store.path, bench.store.path / "own.ftb", bench.keys)


def test_a_damaged_store_is_not_backed_up(bench: Bench, archive: Path, tmp_path: Path) -> None:
    path = next(bench.store.path.glob("snapshots/clients/1/*.parquet"))
    path.write_bytes(path.read_bytes()[:-1] + b"x")
    with pytest.raises(StoreError, match="were changed"):
        backup(bench.store.path, tmp_path / "second.ftb", bench.keys)
    assert not list(tmp_path.glob("*second*"))


# Upgrade ------------------------------------------------------------------------------------------


@pytest.fixture
def old_store(tmp_path: Path) -> OldStore:
    """A store of format 0: an unsigned catalogue over one Parquet file a dataset."""
    path = tmp_path / "old"
    (path / "tables").mkdir(parents=True)
    frame = pl.DataFrame({"person_id": ["p1", "p2"], "team": ["east", None], "visits": [3, 4]})
    frame.write_parquet(path / "tables" / "clients.parquet")
    entry = {
        "version": 4,
        "received_at": "2026-10-01T09:00:00+00:00",
        "partner": "saltmarshire",
        "contract_version": "0.9.0",
    }
    (path / "catalogue.json").write_text(json.dumps({"datasets": {"clients": entry}}))
    (path / "store.json").write_text(json.dumps({"format": 0, "id": "old-one"}))
    return path, KeyRing.create(tmp_path / "old.key"), frame


def test_a_store_of_format_0_is_not_opened_but_says_how_to_upgrade(
    old_store: OldStore, bench: Bench
) -> None:
    path, keys, _ = old_store
    with pytest.raises(StoreError, match="format 0") as error:
        Store.open(path, keys, bench.gate)
    assert "upgrade" in error.value.remedy


def test_an_upgraded_store_holds_the_same_rows(old_store: OldStore, bench: Bench) -> None:
    path, keys, frame = old_store
    assert upgrade(path, keys) == (0, 1)
    store = Store.open(path, keys, bench.gate)
    version = store.manifest().datasets["clients"]
    assert (version.version, version.rows, version.pseudonyms) == (4, 2, {"person_id": "person"})
    assert store.rows(version, frame.columns).equals(frame)
    assert store.manifest().store_id == "old-one"
    assert store.verify() == []
    assert not (path / "tables").exists()
    assert upgrade(path, keys) == (1, 1)


def test_an_upgrade_that_is_stopped_half_way_starts_again(
    old_store: OldStore, bench: Bench, monkeypatch: pytest.MonkeyPatch
) -> None:
    path, keys, frame = old_store
    from forethought.data import upgrade as module

    def stopped(*_: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(module, "write_about", stopped)
    with pytest.raises(KeyboardInterrupt):
        upgrade(path, keys)
    monkeypatch.undo()
    assert json.loads((path / "store.json").read_text())["format"] == 0
    upgrade(path, keys)
    store = Store.open(path, keys, bench.gate)
    assert store.rows(store.manifest().datasets["clients"], frame.columns).equals(frame)


def test_an_old_store_with_a_broken_table_stays_as_it_was(old_store: OldStore) -> None:
    path, keys, _ = old_store
    (path / "tables" / "clients.parquet").write_bytes(b"PAR1")
    with pytest.raises(StoreError, match="catalogue"):
        upgrade(path, keys)
    assert json.loads((path / "store.json").read_text())["format"] == 0


def test_a_format_from_the_future_is_left_alone(old_store: OldStore) -> None:
    path, keys, _ = old_store
    (path / "store.json").write_text(json.dumps({"format": 9, "id": "new"}))
    with pytest.raises(StoreError, match="format 9"):
        upgrade(path, keys)
