"""The store: what it lets out, on whose word, and what it refuses to open."""

from __future__ import annotations

import json
import shutil
from dataclasses import replace
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, Any

import polars as pl
import pytest

from forethought.data.gate import Decision, ReadRequest, left_out_words
from forethought.data.keys import KeyRing, key_path
from forethought.data.manifest import read_manifest
from forethought.data.staging import exclusive
from forethought.data.store import Store
from forethought.errors import AccessDenied, NotFound, StoreError

if TYPE_CHECKING:
    from tests.data.conftest import Bench

    from forethought.data.contracts import Contract


CLIENTS = """
    record | person | nhs_number | last_name | date_of_birth | uprn | team | carer_for | recorded_on
    c1     | A1     |            | Aspen     | 1941-03-09    | 100  | east | A2        | 2026-01-10
    c2     | A2     |            | Birch     | 1950-12-31    | 100  | west |           | 2026-02-10
    c3     | A3     |            | Cedar     | 1962-02-28    |      | east |           | 2026-03-10
"""


class NoAudit:
    """Allows all, and cannot write it down."""

    def decide(self, request: ReadRequest) -> Decision:
        return Decision(allowed=True)

    def record(self, request: ReadRequest, decision: Decision) -> None:
        raise StoreError("The audit cannot be written.")


def test_rows_leave_only_after_the_gate_has_decided_and_recorded(
    bench: Bench, clients: Contract
) -> None:
    bench.deliver(clients, CLIENTS)

    store = Store.open(bench.store.path, bench.keys, NoAudit())
    with pytest.raises(StoreError, match="audit"):
        store.read(ReadRequest("sam.okoro", "plan-services", "clients", ("team",)))


def test_a_refusal_is_recorded_and_says_whom_to_ask(bench: Bench, clients: Contract) -> None:
    bench.deliver(clients, CLIENTS)
    bench.gate.decision = Decision(allowed=False, reason="No live agreement.", ask="elin.marsh")
    with pytest.raises(AccessDenied, match="No live agreement") as refusal:
        bench.read("clients", "team")
    assert "elin.marsh" in refusal.value.remedy
    request, decision = bench.gate.recorded[-1]
    assert request.columns == ("team",)
    assert not decision.allowed


def test_a_store_without_a_gate_does_not_open(bench: Bench) -> None:
    with pytest.raises(StoreError, match="gate"):
        Store.open(bench.store.path, bench.keys, None)  # type: ignore[arg-type]


def test_only_the_columns_asked_for_leave(bench: Bench, clients: Contract) -> None:
    bench.deliver(clients, CLIENTS)
    assert bench.read("clients", "team", "birth_month").frame.columns == ["team", "birth_month"]


def test_asking_for_no_column_asks_the_gate_for_every_one_by_name(
    bench: Bench, clients: Contract
) -> None:
    bench.deliver(clients, CLIENTS)
    frame = bench.read("clients").frame
    assert bench.gate.recorded[-1][0].columns == tuple(frame.columns)
    assert set(frame.columns).isdisjoint({"person", "nhs_number", "last_name", "date_of_birth"})


def test_an_unknown_column_is_named_with_the_nearest(bench: Bench, clients: Contract) -> None:
    bench.deliver(clients, CLIENTS)
    with pytest.raises(NotFound, match="Did you mean"):
        bench.read("clients", "teams")


def test_an_unknown_dataset_and_version_are_named(bench: Bench, clients: Contract) -> None:
    bench.deliver(clients, CLIENTS)
    with pytest.raises(NotFound, match="clints"):
        bench.read("clints")
    with pytest.raises(NotFound, match="no version 9"):
        bench.read("clients", version=9)


def test_a_row_filter_keeps_rows_inside_the_remit_and_none_without_a_value(
    bench: Bench, clients: Contract
) -> None:
    bench.deliver(clients, CLIENTS.replace("| west |", "|      |"))
    bench.gate.decision = Decision(allowed=True, row_filter={"team": ["east", "north"]})
    assert bench.read("clients", "record").frame["record"].to_list() == ["c1", "c3"]


def test_a_row_filter_on_a_column_that_is_not_there_lets_nothing_out(
    bench: Bench, clients: Contract
) -> None:
    bench.deliver(clients, CLIENTS)
    bench.gate.decision = Decision(allowed=True, row_filter={"locality": "north"})
    with pytest.raises(AccessDenied, match="locality"):
        bench.read("clients", "record")


def test_masked_columns_leave_empty_with_their_type(bench: Bench, clients: Contract) -> None:
    bench.deliver(clients, CLIENTS)
    bench.gate.decision = Decision(allowed=True, masked=("birth_month",))
    column = bench.read("clients", "birth_month").frame["birth_month"]
    assert column.null_count() == 3
    assert column.dtype == pl.Date


def test_two_agreements_see_ids_that_do_not_join(bench: Bench, clients: Contract) -> None:
    bench.deliver(clients, CLIENTS)
    seen = []
    for agreement in ("isa-1", "isa-2", "isa-1"):
        bench.gate.decision = Decision(allowed=True, rekey=agreement)
        seen.append(bench.read("clients", "person_id", "household_id").frame)
    first, second, again = seen
    assert first.equals(again)
    for column in ("person_id", "household_id"):
        assert set(first[column].drop_nulls()).isdisjoint(second[column].drop_nulls())


def test_the_stores_own_pseudonyms_never_leave(bench: Bench, clients: Contract) -> None:
    bench.deliver(clients, CLIENTS)
    version = bench.store.history("clients")[-1]
    inside = set(bench.store.rows(version, ["person_id"])["person_id"])
    bench.gate.decision = Decision(allowed=True, rekey="")
    assert inside.isdisjoint(bench.read("clients", "person_id").frame["person_id"])


def test_a_reference_to_a_person_joins_to_that_person(bench: Bench, clients: Contract) -> None:
    bench.deliver(clients, CLIENTS)
    frame = bench.read("clients", "record", "person_id", "carer_for").frame
    person = dict(zip(frame["record"], frame["person_id"], strict=True))
    assert frame["carer_for"].to_list() == [person["c2"], None, None]


def test_a_read_as_of_a_day_leaves_out_what_was_recorded_later(
    bench: Bench, clients: Contract
) -> None:
    bench.deliver(clients, CLIENTS)
    read = bench.read("clients", "record", as_of=date(2026, 2, 10))
    assert read.frame["record"].to_list() == ["c1", "c2"]
    assert read.as_of == date(2026, 2, 10)


def test_an_older_version_can_still_be_read(bench: Bench, clients: Contract) -> None:
    bench.deliver(clients, CLIENTS)
    bench.deliver(clients, "\n".join(CLIENTS.strip().splitlines()[:-1]))
    assert [v.version for v in bench.store.history("clients")] == [1, 2]
    assert bench.read("clients", "record", version=1).frame.height == 3
    assert bench.read("clients", "record").frame.height == 2


def test_another_process_sees_a_new_version_without_opening_again(
    bench: Bench, clients: Contract
) -> None:
    other = bench.reopened()
    bench.deliver(clients, CLIENTS)
    assert other.manifest().datasets["clients"].rows == 3


def test_a_changed_stored_file_is_not_read(bench: Bench, clients: Contract) -> None:
    bench.deliver(clients, CLIENTS)
    path = next(bench.store.path.glob("snapshots/clients/1/*.parquet"))
    data = bytearray(path.read_bytes())
    data[len(data) // 2] ^= 1
    path.write_bytes(bytes(data))
    store = bench.reopened()
    with pytest.raises(StoreError, match="was changed"):
        store.read(ReadRequest("sam.okoro", "plan-services", "clients", ("team",)))
    assert store.verify() == ["snapshots/clients/1/whole.parquet"]


def test_a_changed_manifest_is_passed_over_and_said(bench: Bench, clients: Contract) -> None:
    bench.deliver(clients, CLIENTS)
    bench.deliver(clients, CLIENTS.replace("east", "west"))
    newest = bench.store.path / "manifest" / "2.json"
    newest.write_text(newest.read_text().replace('"rows":3', '"rows":4'))
    store = bench.reopened()
    assert store.manifest().number == 1
    assert "Manifest 2 was passed over" in store.notices[0]


def test_after_a_fall_back_no_file_of_the_damaged_manifest_is_swept(
    bench: Bench, clients: Contract
) -> None:
    bench.deliver(clients, CLIENTS)
    bench.deliver(clients, CLIENTS.replace("east", "west"))
    before = bench.files()
    (bench.store.path / "manifest" / "2.json").write_text("{")
    bench.reopened()
    assert bench.files() == before


def test_a_manifest_put_in_anothers_place_is_not_taken(bench: Bench, clients: Contract) -> None:
    bench.deliver(clients, CLIENTS)
    folder = bench.store.path / "manifest"
    shutil.copy(folder / "0.json", folder / "7.json")
    assert bench.reopened().manifest().number == 1


def test_without_any_whole_manifest_the_store_says_restore(bench: Bench) -> None:
    for path in (bench.store.path / "manifest").iterdir():
        path.write_text("")
    with pytest.raises(StoreError, match="restore"):
        bench.reopened()


def test_each_manifest_signs_the_audit_head_and_names_the_one_before(
    bench: Bench, clients: Contract
) -> None:
    store = Store.open(bench.store.path, bench.keys, bench.gate, audit_head=lambda: "head-9")
    bench.store = store
    bench.deliver(clients, CLIENTS)
    manifest = bench.reopened().manifest()
    assert manifest.audit_head == "head-9"
    assert len(manifest.previous) == 64


def test_two_writers_do_not_meet(bench: Bench) -> None:
    with exclusive(bench.store.path), pytest.raises(StoreError, match="Another process"):  # noqa: SIM117
        with exclusive(bench.store.path, wait=0.1):
            pass


def test_opening_while_another_writes_leaves_its_staged_files_alone(bench: Bench) -> None:
    with bench.store.writing() as change:
        change.staging.write("snapshots/x/1/whole.parquet", b"half")
        bench.reopened()
        assert len(list(bench.store.path.glob("staging/*/*"))) == 1
    assert not list(bench.store.path.glob("staging/*/*"))


def test_orphans_of_a_killed_write_are_cleared_when_the_store_opens(
    bench: Bench, clients: Contract
) -> None:
    bench.deliver(clients, CLIENTS)
    before = bench.files()
    for orphan in ("staging/ab/0", "snapshots/clients/2/whole.parquet", "vault/people-9.sealed"):
        path = bench.store.path / orphan
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(b"left behind")
    bench.reopened()
    assert bench.files() == before


def test_a_missing_key_says_where_it_was_looked_for(tmp_path: Path) -> None:
    with pytest.raises(StoreError, match="missing") as error:
        KeyRing.load(tmp_path / "none.key")
    assert "FORETHOUGHT_KEYS" in error.value.remedy


def test_another_stores_key_is_refused(bench: Bench, tmp_path: Path) -> None:
    other = KeyRing.create(tmp_path / "other.key")
    with pytest.raises(StoreError, match="another store"):
        Store.open(bench.store.path, other, bench.gate)


def test_a_key_file_that_others_can_read_is_refused(bench: Bench) -> None:
    bench.keys.path.chmod(0o644)
    with pytest.raises(StoreError, match="others"):
        KeyRing.load(bench.keys.path)


def test_a_key_file_inside_the_store_is_refused(tmp_path: Path) -> None:
    keys = KeyRing.create(tmp_path / "store" / "inside.key")
    with pytest.raises(StoreError, match="inside the store"):
        Store.create(tmp_path / "store", keys)


def test_a_key_file_is_never_overwritten(bench: Bench) -> None:
    before = bench.keys.path.read_bytes()
    with pytest.raises(StoreError, match="already"):
        KeyRing.create(bench.keys.path)
    assert bench.keys.path.read_bytes() == before
    assert bench.keys.path.stat().st_mode & 0o777 == 0o600


def test_a_key_ring_never_shows_its_key(bench: Bench) -> None:
    assert KeyRing.load(bench.keys.path).root.hex() not in repr(bench.keys)
    assert repr(bench.keys.root) not in repr(bench.keys)


def test_keys_lie_where_the_environment_says(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("FORETHOUGHT_KEYS", str(tmp_path))
    assert key_path("abc") == tmp_path / "abc.key"
    monkeypatch.setenv("FORETHOUGHT_KEYS", str(tmp_path / "one.key"))
    assert key_path("abc") == tmp_path / "one.key"
    monkeypatch.delenv("FORETHOUGHT_KEYS")
    monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path / "data"))
    assert key_path("abc") == tmp_path / "data" / "forethought" / "keys" / "abc.key"


def test_a_later_format_is_not_opened(bench: Bench) -> None:
    about = bench.store.path / "store.json"
    about.write_text(json.dumps({**json.loads(about.read_text()), "format": 2}))
    with pytest.raises(StoreError, match="later version"):
        bench.reopened()


def test_no_store_is_said_so(bench: Bench, tmp_path: Path) -> None:
    with pytest.raises(StoreError, match="no store here"):
        Store.open(Path(tmp_path, "nowhere"), bench.keys, bench.gate)


def test_a_part_that_many_versions_share_is_written_once_in_the_manifest(bench: Bench) -> None:
    partners = [f"p{number}" for number in range(6)]
    contract = bench.contract(
        "housing",
        {"tenancy": {"required": True}, "rent": {"logicalType": "integer"}},
        partners=partners,
        delivery="part_per_partner",
    )
    for partner in partners:
        bench.deliver(contract, "tenancy | rent\nt1 | 90", partner=partner)
    manifest = bench.store.manifest()
    assert len(bench.store.history("housing")[-1].parts) == 6
    text = (bench.store.path / "manifest" / f"{manifest.number}.json").read_text()
    assert text.count('"partner":"p0"') == 1
    assert text.count('"rent_type"') == 1
    assert read_manifest(bench.store.path, manifest.number, bench.keys) == manifest


def test_rows_come_in_the_same_order_before_and_after_opening_again(bench: Bench) -> None:
    contract = bench.contract(
        "housing",
        {"tenancy": {"required": True}},
        partners=["fen", "wold"],
        delivery="part_per_partner",
    )
    for partner in ("wold", "fen", "wold"):
        bench.deliver(contract, f"tenancy\n{partner}-{partner}", partner=partner)
    here = bench.read("housing").frame
    bench.store = bench.reopened()
    assert here["tenancy"].to_list() == bench.read("housing").frame["tenancy"].to_list()


@pytest.fixture
def housing(bench: Bench) -> Bench:
    """Two partners' tenancies; only fen's file has a rent. The gate covers wold alone."""
    columns = {
        "tenancy": {"required": True},
        "person": {"semantic": "source_person_id", "identifier": True},
        "name": {"semantic": "person_name", "identifier": True},
        "rent": {"logicalType": "integer"},
    }
    contract = bench.contract(
        "housing", columns, partners=["fen", "wold"], delivery="part_per_partner"
    )
    files = {"fen": "f1 | A1 | Fenella | 90\nf2 | | | x", "wold": "w1 | A1 | Wolda | 80"}
    for partner, rows in files.items():
        bench.deliver(contract, f"tenancy | person | name | rent\n{rows}", partner=partner)
    bench.gate.decision = Decision(
        allowed=True,
        rekey="rop-1",
        partners=("wold",),
        left_out={"fen": "the agreement isa-fen ended on 31 December 2026"},
    )
    return bench


def test_rows_of_a_partner_without_a_live_agreement_stay_in_the_store(housing: Bench) -> None:
    read = housing.read("housing")
    assert read.frame["tenancy"].to_list() == ["w1"]
    assert read.left_out == {"fen": "the agreement isa-fen ended on 31 December 2026"}
    assert (read.version.rows, read.version.quarantined) == (1, 0)
    assert left_out_words(read.left_out) == (
        "Rows of Fen left out: the agreement isa-fen ended on 31 December 2026.",
    )


def test_the_file_of_a_partner_left_out_is_asked_for_no_row(
    housing: Bench, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked: dict[str, int | None] = {}
    read_parquet = pl.read_parquet

    def noted(path: Path, **options: Any) -> pl.DataFrame:
        asked[path.name] = options.get("n_rows")
        return read_parquet(path, **options)

    monkeypatch.setattr(pl, "read_parquet", noted)
    housing.read("housing", "tenancy")
    assert asked == {"fen.parquet": 0, "wold.parquet": None}


def test_a_version_has_the_same_columns_whoever_is_left_out(housing: Bench) -> None:
    columns = housing.read("housing").frame.schema
    housing.gate.decision = Decision(allowed=True, rekey="rop-1")
    assert housing.read("housing").frame.schema == columns


def test_where_nobody_covered_has_delivered_no_row_leaves(housing: Bench) -> None:
    housing.gate.decision = replace(housing.gate.decision, partners=("marsh",))
    read = housing.read("housing")
    assert read.frame.height == 0
    assert set(read.left_out) == {"fen", "wold"}


def test_names_and_refused_rows_of_a_partner_left_out_stay_too(housing: Bench) -> None:
    request = ReadRequest("kit.moore", "review-care", "housing", ("name",), "a test")
    everybody = housing.store.read(replace(request, columns=("person_id",))).frame["person_id"]
    housing.gate.decision = replace(housing.gate.decision, partners=None)
    all_ids = housing.store.read(replace(request, columns=("person_id",))).frame["person_id"]
    housing.gate.decision = replace(housing.gate.decision, partners=("wold",))
    found = housing.store.look_up(request, all_ids.to_list())
    assert found["name"].to_list() == ["Wolda"]
    assert found["person_id"].to_list() == everybody.to_list()
    assert housing.store.refused(request).height == 0


def test_a_run_recomputed_leaves_out_whom_it_left_out(housing: Bench) -> None:
    housing.gate.decision = Decision(allowed=True, rekey="rop-1")
    read = housing.read("housing", without=("fen",))
    assert read.frame["tenancy"].to_list() == ["w1"]
    assert set(read.left_out) == {"fen"}
