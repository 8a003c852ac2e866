"""Ingestion: a delivered file becomes a new version of its dataset, or changes nothing."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any, BinaryIO

import polars as pl
import pytest

from forethought.data.gate import Decision, ReadRequest
from forethought.data.heal import heal
from forethought.data.ingest import ingest
from forethought.errors import AccessDenied, DataError, StoreError, UsageError

if TYPE_CHECKING:
    from tests.data.conftest import Bench

    from forethought.data.contracts import Contract


AS_OF = date(2026, 11, 24)
RECEIVED = datetime(2026, 11, 2, 9, 30, tzinfo=UTC)
PER_PARTNER: dict[str, Any] = {"partners": ["wold", "fen"], "delivery": "part_per_partner"}
MENDED: dict[str, Any] = {  # minutes may be any text
    "visit": {"required": True},
    "person": {"semantic": "source_person_id", "identifier": True},
    "minutes": {},
    "recorded_on": {"logicalType": "date"},
}
PEOPLE: dict[str, Any] = {
    "id": {"required": True},
    "postcode": {"semantic": "postcode", "identifier": True, "derive": "lsoa21"},
    "date_of_birth": {
        "logicalType": "date",
        "semantic": "date_of_birth",
        "identifier": True,
        "derive": "birth_month",
    },
}
HEADINGS = "visit | person | minutes | recorded_on"
VISITS = f"""
    {HEADINGS}
    v1    | A1     | 30      | 2026-01-05
    v2    | A1     | 45      | 2026-02-05
    v3    | A2     | many    | 2026-03-05
"""
DIRECTORY: dict[str, Any] = {"postcode": {"required": True}, "lsoa21": {"required": True}}


def test_good_rows_come_in_and_bad_rows_are_set_aside_with_their_rules(
    bench: Bench, visits: Contract
) -> None:
    report = bench.deliver(visits, VISITS)
    assert (report.status, report.version) == ("new version", 1)
    assert (report.rows, report.accepted, report.quarantined) == (3, 2, 1)
    version = bench.store.manifest().datasets["visits"]
    assert (version.rows, version.quarantined) == (2, 1)
    file = version.parts["whole"].refused
    assert file
    refused = pl.read_parquet(bench.store.path / file.path)
    assert refused.columns == ["source_row", "rule_ids"]
    assert refused["rule_ids"].to_list() == [["minutes_type"]]
    assert refused["source_row"].to_list() == [4]


def test_a_steward_sees_which_rows_were_set_aside_and_never_their_values(
    bench: Bench, visits: Contract
) -> None:
    bench.deliver(visits, VISITS)
    request = ReadRequest("joe.pell", "plan-services", "visits")
    assert bench.store.refused(request).rows(named=True) == [
        {
            "part": "whole",
            "source": "visits.csv",
            "source_row": 4,
            "rule_ids": ["minutes_type"],
        }
    ]
    bench.gate.decision = Decision(allowed=True, row_filter={"team": "east"})
    with pytest.raises(AccessDenied, match="remit"):
        bench.store.refused(request)


def test_a_version_carries_quality_rule_counts_and_its_contract(
    bench: Bench, visits: Contract
) -> None:
    bench.deliver(visits, VISITS)
    version = bench.store.manifest().datasets["visits"]
    assert 0 < version.quality["overall"] <= 100
    assert version.contract_fingerprint == visits.fingerprint
    failing = {count["rule"]: count["failing"] for count in version.rule_counts}
    assert failing["minutes_type"] == 1


def test_the_same_file_twice_changes_nothing_and_says_so(bench: Bench, visits: Contract) -> None:
    bench.deliver(visits, VISITS)
    before = bench.files()
    report = bench.deliver(visits, VISITS)
    assert (report.status, report.version) == ("no change", 1)
    assert report.accepted == 2
    assert bench.files() == before


def test_the_same_file_under_a_mended_contract_is_looked_at_again(
    bench: Bench, visits: Contract
) -> None:
    bench.deliver(visits, VISITS)
    mended = bench.contract("visits", MENDED)
    report = bench.deliver(mended, VISITS)
    assert (report.status, report.quarantined) == ("new version", 0)
    assert report.healed == ("visit v3",)


def test_a_file_with_too_many_errors_is_refused_whole_and_nothing_changes(
    bench: Bench, visits: Contract
) -> None:
    bench.deliver(visits, VISITS)
    before = bench.files()
    rows = "\n".join(f"w{i} | A1 | none | 2026-01-0{i}" for i in range(1, 9))
    report = bench.deliver(visits, f"{HEADINGS}\n{rows}")
    assert report.status == "refused"
    assert (report.version, report.accepted, report.quarantined) == (1, 0, 8)
    assert "minutes_type" in report.reasons[0]
    assert bench.files() == before


def test_a_refused_file_tells_its_ten_commonest_reasons(bench: Bench) -> None:
    columns: dict[str, Any] = {"key": {"required": True}}
    columns |= {f"n{i:02}": {"logicalType": "integer"} for i in range(12)}
    contract = bench.contract("numbers", columns)
    wrong: dict[str, list[str]] = {
        f"n{i:02}": ["x"] * (i + 1) + ["1"] * (12 - i) for i in range(12)
    }
    report = bench.deliver(contract, pl.DataFrame({"key": [str(i) for i in range(13)], **wrong}))
    assert report.status == "refused"
    assert len(report.reasons) == 10
    assert report.reasons[0].startswith("n11_type")


def test_a_corrected_file_heals_rows_and_says_which(bench: Bench, visits: Contract) -> None:
    bench.deliver(visits, VISITS)
    report = bench.deliver(visits, VISITS.replace("many", "20"))
    assert report.healed == ("visit v3",)
    assert report.quarantined == 0
    assert bench.read("visits", "minutes").frame["minutes"].to_list() == [30, 45, 20]


def test_a_row_that_is_still_wrong_is_not_called_healed(bench: Bench, visits: Contract) -> None:
    bench.deliver(visits, VISITS)
    report = bench.deliver(visits, VISITS.replace("many", "lots"))
    assert report.healed == ()
    assert report.quarantined == 1


def test_a_mended_contract_heals_from_the_landed_file_alone(bench: Bench, visits: Contract) -> None:
    bench.deliver(visits, VISITS)
    (bench.folder / "inbox" / "saltmarshire" / "visits.csv").unlink()
    mended = bench.contract("visits", MENDED)
    (report,) = heal(bench.store, mended, as_of=AS_OF, received_at=RECEIVED)
    assert report.healed == ("visit v3",)
    assert bench.read("visits", "minutes").frame["minutes"].to_list() == ["30", "45", "many"]


def test_a_mended_contract_reuses_the_landed_file(bench: Bench, visits: Contract) -> None:
    bench.deliver(visits, VISITS)
    mended = bench.contract("visits", MENDED)
    heal(bench.store, mended, as_of=AS_OF, received_at=RECEIVED)
    first, second = bench.store.history("visits")
    assert first.parts["whole"].landing == second.parts["whole"].landing


def test_healed_rows_are_named_by_row_where_the_key_is_an_identifier(bench: Bench) -> None:
    columns: dict[str, Any] = {
        "person": {"semantic": "source_person_id", "identifier": True, "required": True},
        "minutes": {"logicalType": "integer"},
    }
    contract = bench.contract("contacts", columns)
    bench.deliver(contract, "person | minutes\nA1 | few\nA2 | 3")
    mended = bench.contract("contacts", columns | {"minutes": {}})
    (report,) = heal(bench.store, mended, as_of=AS_OF, received_at=RECEIVED)
    assert report.healed == ("row 2",)


def test_the_newest_whole_file_replaces_the_one_before(bench: Bench, visits: Contract) -> None:
    bench.deliver(visits, VISITS)
    bench.deliver(visits, f"{HEADINGS}\nv9 | A9 | 5 | 2026-04-01")
    assert bench.read("visits", "visit").frame["visit"].to_list() == ["v9"]


def test_each_partner_has_its_part_and_an_unchanged_part_is_not_written_again(bench: Bench) -> None:
    contract = bench.contract("housing", {"tenancy": {"required": True}, "rent": {}}, **PER_PARTNER)
    bench.deliver(contract, "tenancy | rent\nt1 | 90", partner="wold")
    bench.deliver(contract, "tenancy | rent\nt2 | 80\nt3 | 70", partner="fen")
    first, second = bench.store.history("housing")
    assert second.parts["wold"] == first.parts["wold"]
    assert second.rows == 3
    bench.deliver(contract, "tenancy | rent\nt1 | 95", partner="wold")
    rents = bench.read("housing", "rent").frame["rent"]
    assert sorted(rents) == ["70", "80", "95"]


def test_each_file_has_its_part(bench: Bench) -> None:
    contract = bench.contract("notes", {"note": {"required": True}}, delivery="part_per_file")
    bench.deliver(contract, "note\na", name="2026-01.csv")
    report = bench.deliver(contract, "note\nb", name="2026-02.csv")
    assert report.part == "2026-02"
    bench.deliver(contract, "note\nc", name="2026-01.csv")
    assert sorted(bench.read("notes", "note").frame["note"]) == ["b", "c"]


def test_scores_of_parts_are_weighted_by_their_rows(bench: Bench) -> None:
    columns: dict[str, Any] = {"tenancy": {"required": True}, "rent": {"logicalType": "integer"}}
    contract = bench.contract("housing", columns, **PER_PARTNER)
    bench.deliver(contract, "tenancy | rent\nt1 | 90\nt2 | 91\nt3 | 92", partner="wold")
    bench.deliver(contract, "tenancy | rent\nt4 | x\nt5 | 1", partner="fen")
    version = bench.store.manifest().datasets["housing"]
    wold, fen = version.parts["wold"].quality, version.parts["fen"].quality
    expected = (3 * wold["scores"]["validity"] + 2 * fen["scores"]["validity"]) / 5
    assert version.quality["scores"]["validity"] == pytest.approx(expected, abs=0.01)
    counts = {count["rule"]: count for count in version.rule_counts}
    assert counts["rent_type"]["failing"] == 1
    assert counts["rent_type"]["share"] == pytest.approx(0.2)


def test_areas_come_from_the_postcode_directory_and_birth_months_from_dates(bench: Bench) -> None:
    people = bench.contract("people", PEOPLE)
    directory = bench.contract("postcode_directory", DIRECTORY)
    with pytest.raises(DataError, match="postcode directory"):
        bench.deliver(people, "id | postcode | date_of_birth\np1 | SM1 1AA | 1941-03-09")
    bench.deliver(directory, "postcode | lsoa21\nSM1 1AA | E01000001")
    report = bench.deliver(
        people, "id | postcode | date_of_birth\np1 | sm11aa | 1941-03-09\np2 | SM1 9ZZ |"
    )
    frame = bench.read("people").frame
    assert sorted(frame.columns) == ["birth_month", "id", "lsoa21"]
    assert frame["lsoa21"].to_list() == ["E01000001", None]
    assert str(frame["birth_month"][0]) == "1941-03-01"
    assert report.join["area"] == 1


def test_a_new_postcode_directory_makes_the_same_file_worth_loading(bench: Bench) -> None:
    people = bench.contract("people", PEOPLE)
    directory = bench.contract("postcode_directory", DIRECTORY)
    rows = "id | postcode | date_of_birth\np1 | SM1 1AA | 1941-03-09"
    bench.deliver(directory, "postcode | lsoa21\nSM1 1AA | E01000001")
    bench.deliver(people, rows)
    bench.deliver(directory, "postcode | lsoa21\nSM1 1AA | E01000002")
    assert bench.deliver(people, rows).status == "new version"
    assert bench.read("people", "lsoa21").frame["lsoa21"].to_list() == ["E01000002"]


def test_a_partner_whom_the_contract_does_not_name_is_refused(
    bench: Bench, visits: Contract
) -> None:
    with pytest.raises(UsageError, match="fen"):
        bench.deliver(visits, VISITS, partner="fen")
    contract = bench.contract("housing", {"tenancy": {}}, **PER_PARTNER)
    path = bench.folder / "x.csv"
    path.write_text("tenancy\n1\n")
    with pytest.raises(UsageError, match="not named"):
        ingest(bench.store, contract, path, received_at=RECEIVED, as_of=AS_OF)


def test_a_missing_file_is_said_so(bench: Bench, visits: Contract) -> None:
    with pytest.raises(DataError, match="no such file"):
        ingest(bench.store, visits, bench.folder / "gone.csv", received_at=RECEIVED, as_of=AS_OF)


def test_a_broken_file_leaves_the_store_as_it_was(bench: Bench, visits: Contract) -> None:
    bench.deliver(visits, VISITS)
    before = bench.files()
    path = bench.folder / "inbox" / "saltmarshire" / "visits.csv"
    path.write_bytes(b'visit,person\n"unclosed')
    with pytest.raises(DataError):
        ingest(bench.store, visits, path, received_at=RECEIVED, as_of=AS_OF)
    assert bench.files() == before


def test_a_full_disk_leaves_the_store_as_it_was(
    bench: Bench, visits: Contract, monkeypatch: pytest.MonkeyPatch
) -> None:
    bench.deliver(visits, VISITS)
    before = bench.files()
    calls = iter(range(100))

    def full(path: Path) -> BinaryIO:
        if next(calls) == 2:
            raise OSError(28, "No space left on device")
        return original(path)

    from forethought.data import staging

    original = staging.private_file
    monkeypatch.setattr(staging, "private_file", full)
    with pytest.raises(StoreError, match="disk"):
        bench.deliver(visits, VISITS.replace("30", "31"))
    monkeypatch.undo()
    assert bench.files() == before
    assert bench.reopened().manifest().number == 1


def test_versions_are_made_when_their_file_was_received(bench: Bench, visits: Contract) -> None:
    later = RECEIVED + timedelta(days=30)
    bench.deliver(visits, VISITS)
    bench.deliver(visits, VISITS.replace("30", "31"), received_at=later)
    assert [v.created_at for v in bench.store.history("visits")] == [RECEIVED, later]
