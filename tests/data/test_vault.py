"""The vault: identifiers are in it, and nowhere else."""

from __future__ import annotations

import gzip
import logging
from collections.abc import Callable, Iterator
from datetime import UTC, date, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

import duckdb
import polars as pl
import pytest

from forethought.data.crypto import CHUNK_BYTES, seal, unseal
from forethought.data.erasure import apply_retention, erase, person_key
from forethought.data.gate import Decision, ReadRequest
from forethought.data.store import Store
from forethought.errors import AccessDenied, ForethoughtError, NotFound, StoreError, UsageError

if TYPE_CHECKING:
    from tests.data.conftest import Bench

    from forethought.data.contracts import Contract


HEADINGS = "record | person | nhs_number | last_name | date_of_birth | uprn | team | carer_for"
KEY = b"k" * 32
NOW = datetime(2026, 11, 24, 12, tzinfo=UTC)


def rows(*lines: str) -> str:
    return "\n".join([f"{HEADINGS} | recorded_on", *lines])


# Canaries -----------------------------------------------------------------------------------------

NAME, STREET_NUMBER, PERSON = "Zyxqvanov", "988877665544", "PLANTED-0042"


@pytest.fixture
def canaries(nhs_number: Callable[[int], str]) -> dict[str, str]:
    return {
        "nhs_number": nhs_number(4242),
        "last_name": NAME,
        "date_of_birth": "1931-07-19",
        "uprn": STREET_NUMBER,
        "person": PERSON,
    }


def test_planted_identifiers_are_in_no_readable_file(
    bench: Bench,
    clients: Contract,
    canaries: dict[str, str],
    caplog: pytest.LogCaptureFixture,
    capfd: pytest.CaptureFixture[str],
) -> None:
    caplog.set_level(logging.DEBUG)
    c = canaries
    good = f"c1 | {PERSON} | {c['nhs_number']} | {NAME} | 1931-07-19 | {STREET_NUMBER} | east |"
    bad = good.replace("1931-07-19", "19 July 1931").replace("c1", "c2")
    misplaced = f"c3 | {PERSON} | {c['nhs_number']} | {NAME} | x | {STREET_NUMBER} | {NAME} |"
    ok = f"c4 | A4 | | Elm | 1950-01-01 | 7 | west | {PERSON}"
    also = ok.replace("c4", "c5")
    report = bench.deliver(
        clients,
        rows(*(f"{line} | 2026-01-01" for line in (good, bad, misplaced, ok, also))),
    )
    assert report.quarantined == 2
    secrets = [value.encode() for value in c.values()] + [b"19 July 1931"]
    sealed = 0
    for path in sorted(bench.store.path.rglob("*")):
        if path.is_file():
            sealed += path.suffix == ".sealed"
            for text in readable(path):
                found = [secret for secret in secrets if secret in text]
                assert not found, path.relative_to(bench.store.path)
    assert sealed == 4  # landing, quarantine, the part's identifiers, known people
    told = caplog.text + "".join(capfd.readouterr()) + repr(report)
    assert not [value for value in c.values() if value in told]


def readable(path: Path) -> Iterator[bytes]:
    """A file's bytes, and where they are compressed what they hold."""
    yield path.read_bytes()
    if path.suffix == ".parquet":
        yield pl.read_parquet(path).write_ndjson().encode()
    if path.suffix == ".gz":
        yield gzip.decompress(path.read_bytes())


def test_planted_identifiers_are_in_no_error_text(
    bench: Bench, clients: Contract, canaries: dict[str, str]
) -> None:
    c = canaries
    line = f"c1 | {PERSON} | {c['nhs_number']} | {NAME} | 1931-07-19 | {STREET_NUMBER} | east | |"
    bench.deliver(clients, rows(f"{line} 2026-01-01"))
    texts = []
    for attempt in (
        lambda: bench.read("clients", "last_name"),
        lambda: bench.store.look_up(
            ReadRequest("kit.moore", "review-care", "clients", ("first_name",)), [PERSON]
        ),
        lambda: person_key(bench.store, nhs_number=c["nhs_number"][:-1]),
        lambda: bench.deliver(clients, rows(f"{line} 2026-01-01").replace("| team", "| group")),
    ):
        with pytest.raises(ForethoughtError) as error:
            attempt()
        texts.append(f"{error.value}{error.value.as_json()}{error.value.__cause__}")
    assert not [value for value in c.values() if value in "".join(texts)]


def test_a_check_never_spills_identifiers_to_a_disk(
    bench: Bench, clients: Contract, monkeypatch: pytest.MonkeyPatch
) -> None:
    connect, seen = duckdb.connect, []

    def watched(config: dict[str, Any]) -> duckdb.DuckDBPyConnection:
        seen.append(config.get("temp_directory"))
        return connect(config=config)

    monkeypatch.setattr(duckdb, "connect", watched)
    bench.deliver(clients, PAIR)
    assert set(seen) == {""}


# Look-ups -----------------------------------------------------------------------------------------


def test_a_look_up_gives_names_for_the_ids_that_a_read_gave(
    bench: Bench, clients: Contract
) -> None:
    bench.deliver(clients, PAIR)
    ids = bench.read("clients", "record", "person_id").frame
    wanted = ids.filter(pl.col("record") == "c2")["person_id"].to_list()
    request = ReadRequest("kit.moore", "plan-services", "clients", ("last_name",), "home visit")
    found = bench.store.look_up(request, wanted)
    assert found.rows() == [(wanted[0], "Birch")]


class NoVault:
    """Lets datasets be read, and nobody be named."""

    def __init__(self) -> None:
        self.asked: list[str] = []

    def decide(self, request: ReadRequest) -> Decision:
        return Decision(allowed=not request.dataset.startswith("vault/"), reason="No remit.")

    def record(self, request: ReadRequest, decision: Decision) -> None:
        self.asked.append(request.dataset)


def test_a_look_up_asks_the_gate_for_the_vault_not_for_the_dataset(
    bench: Bench, clients: Contract
) -> None:
    bench.deliver(clients, PAIR)

    gate = NoVault()
    store = Store.open(bench.store.path, bench.keys, gate)
    request = ReadRequest("kit.moore", "plan-services", "clients", ("last_name",))
    with pytest.raises(AccessDenied, match="No remit"):
        store.look_up(request, ["x"])
    assert gate.asked == ["vault/clients"]


def test_a_look_up_stays_inside_the_remit(bench: Bench, clients: Contract) -> None:
    bench.deliver(clients, PAIR)
    ids = bench.read("clients", "person_id").frame["person_id"].to_list()
    bench.gate.decision = Decision(allowed=True, rekey="rop-1", row_filter={"team": ("east",)})
    request = ReadRequest("kit.moore", "plan-services", "clients", ("last_name",))
    assert bench.store.look_up(request, ids)["last_name"].to_list() == ["Aspen"]
    bench.gate.decision = Decision(allowed=True, rekey="rop-1", row_filter={"ward": ("w",)})
    with pytest.raises(AccessDenied, match="ward"):
        bench.store.look_up(request, ids)


def test_a_look_up_of_another_agreements_ids_finds_nobody(bench: Bench, clients: Contract) -> None:
    bench.deliver(clients, PAIR)
    ids = bench.read("clients", "person_id").frame["person_id"].to_list()
    bench.gate.decision = Decision(allowed=True, rekey="isa-2")
    request = ReadRequest("kit.moore", "plan-services", "clients", ("last_name",))
    assert bench.store.look_up(request, ids).is_empty()


def test_a_look_up_of_an_identifier_that_is_not_kept_says_so(
    bench: Bench, clients: Contract
) -> None:
    bench.deliver(clients, PAIR)
    request = ReadRequest("kit.moore", "plan-services", "clients", ("surname",))
    with pytest.raises(NotFound, match="surname"):
        bench.store.look_up(request, [])


# Erasure and retention ----------------------------------------------------------------------------

PAIR = rows(
    "c1 | A1 | | Aspen | 1941-03-09 | 100 | east | A2 | 2026-01-10",
    "c2 | A2 | | Birch | 1950-12-31 | 100 | west |    | 2026-02-10",
    "c3 | A2 | | Birch | nonsense   | 100 | west |    | 2026-02-10",
)


def test_an_erased_person_is_in_no_version_quarantine_landing_or_vault(
    bench: Bench, clients: Contract, visits: Contract
) -> None:
    bench.deliver(clients, PAIR)
    bench.deliver(clients, PAIR.replace("west", "east"))
    bench.deliver(visits, "visit | person | minutes | recorded_on\nv1 | A2 | 5 | 2026-01-01")
    key = person_key(bench.store, partner="saltmarshire", source_id="A2")
    report = erase(bench.store, key, at=NOW)
    assert report.rows == 3  # one row in each version of clients, and the visit
    assert report.versions == {"clients": (1, 2), "visits": (1,)}
    for version in (1, 2):
        frame = bench.read("clients", "record", "carer_for", version=version).frame
        assert frame.rows() == [("c1", None)]
    assert bench.read("visits").frame.is_empty()
    held = bench.store.manifest().datasets["clients"].parts["whole"]
    assert (held.landing, held.quarantined) == (None, 0)
    with bench.store.writing() as change:
        assert change.vault.identifiers("clients")["last_name"].to_list() == ["Aspen"]


def test_no_file_and_no_manifest_from_before_an_erasure_stays(
    bench: Bench, clients: Contract
) -> None:
    bench.deliver(clients, PAIR)
    before = bench.files()
    erase(bench.store, person_key(bench.store, partner="saltmarshire", source_id="A2"), at=NOW)
    kept = bench.files() & before
    assert kept == {"store.json"}
    assert bench.reopened().verify() == []


def test_an_erased_person_does_not_come_back_with_the_next_delivery(
    bench: Bench, clients: Contract, nhs_number: Callable[[int], str]
) -> None:
    bench.deliver(clients, PAIR)
    erase(bench.store, person_key(bench.store, partner="saltmarshire", source_id="A2"), at=NOW)
    again = PAIR.replace("A2 | | Birch", f"A2 | {nhs_number(7)} | Birch").replace("Aspen", "Ash")
    report = bench.deliver(clients, again)
    assert report.erased == 1
    assert bench.read("clients", "record").frame["record"].to_list() == ["c1"]
    assert bench.read("clients", "carer_for").frame["carer_for"].to_list() == [None]


def test_erasing_by_nhs_number_covers_the_source_id_too(
    bench: Bench, clients: Contract, visits: Contract, nhs_number: Callable[[int], str]
) -> None:
    bench.deliver(clients, PAIR.replace("A2 | | Birch", f"A2 | {nhs_number(7)} | Birch"))
    erase(bench.store, person_key(bench.store, nhs_number=nhs_number(7)), at=NOW)
    report = bench.deliver(
        visits, "visit | person | minutes | recorded_on\nv1 | A2 | 5 | 2026-01-01"
    )
    assert (report.accepted, report.erased) == (0, 1)


def test_receipts_can_ask_whether_what_they_read_was_erased_since(
    bench: Bench, clients: Contract, visits: Contract
) -> None:
    bench.deliver(clients, PAIR)
    bench.deliver(visits, "visit | person | minutes | recorded_on\nv1 | A9 | 5 | 2026-01-01")
    assert bench.store.erased_since({"clients": 1}) == []
    erase(bench.store, person_key(bench.store, partner="saltmarshire", source_id="A2"), at=NOW)
    (erasure,) = bench.store.erased_since({"clients": 1, "visits": 1})
    assert (erasure.why, erasure.rows) == ("erasure", 1)
    assert bench.store.erased_since({"visits": 1}) == []
    now = bench.store.manifest().number
    assert bench.store.erased_since({"clients": 1}, manifest=now) == []
    assert bench.store.erased_since({"clients": 1}, manifest=now - 1) == [erasure]


def test_nobody_is_erased_without_a_valid_number_or_an_id(bench: Bench) -> None:
    with pytest.raises(UsageError, match="no valid NHS number"):
        person_key(bench.store, nhs_number="1234567890")
    with pytest.raises(UsageError, match="whom"):
        person_key(bench.store)


def test_retention_removes_rows_recorded_too_long_ago_and_who_is_left_without_any(
    bench: Bench, clients: Contract
) -> None:
    old = "c0 | A0 | | Alder | 1930-01-01 | 9 | east | | {}"
    bench.deliver(clients, rows(old.format("2018-11-24"), *PAIR.splitlines()[1:3]))
    report = apply_retention(bench.store, as_of=date(2026, 11, 23), at=NOW)
    assert report.rows == 0
    report = apply_retention(bench.store, as_of=date(2026, 11, 24), at=NOW)
    assert (report.rows, report.landed) == (1, 1)
    assert bench.read("clients", "record").frame["record"].to_list() == ["c1", "c2"]
    with bench.store.writing() as change:
        assert "Alder" not in change.vault.identifiers("clients")["last_name"].to_list()


def test_retention_twice_changes_nothing_the_second_time(bench: Bench, clients: Contract) -> None:
    bench.deliver(clients, PAIR)
    first = apply_retention(bench.store, as_of=date(2034, 1, 31), at=NOW)
    assert first.rows == 1
    before = bench.files()
    assert apply_retention(bench.store, as_of=date(2034, 1, 31), at=NOW).rows == 0
    assert bench.files() == before


def test_retention_drops_old_versions_refused_rows_and_landed_files_by_receipt(
    bench: Bench, clients: Contract
) -> None:
    bench.deliver(clients, PAIR)
    bench.deliver(clients, PAIR.replace("west", "east"))
    apply_retention(bench.store, as_of=date(2034, 11, 2), at=NOW)
    (version,) = bench.store.history("clients")
    assert (version.version, version.quarantined) == (2, 0)
    assert version.parts["whole"].landing is None
    assert not any(path.startswith("landing/") for path in bench.files())


# Sealing ------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "size", [0, 1, CHUNK_BYTES - 1, CHUNK_BYTES, CHUNK_BYTES + 1, 2 * CHUNK_BYTES]
)
def test_what_is_sealed_opens_again_at_every_edge_of_a_chunk(size: int) -> None:
    data = bytes(range(256)) * (size // 256 + 1)
    assert unseal(seal(data[:size], KEY, "a"), KEY, "a") == data[:size]


def test_a_sealed_file_that_was_touched_does_not_open() -> None:
    whole = seal(b"x" * (2 * CHUNK_BYTES + 5), KEY, "a")
    chunk = CHUNK_BYTES + 16
    flipped = bytearray(whole)
    flipped[-1] ^= 1
    swapped = whole[:20] + whole[20 + chunk : 20 + 2 * chunk] + whole[20 : 20 + chunk]
    for touched in (
        bytes(flipped),
        whole[: 20 + chunk],  # cut after a whole chunk
        whole[:-3],
        whole + b"more",
        swapped + whole[20 + 2 * chunk :],
        b"FTS1",
        b"",
    ):
        with pytest.raises(StoreError, match="does not open"):
            unseal(touched, KEY, "a")


def test_a_sealed_file_opens_neither_elsewhere_nor_under_another_key() -> None:
    sealed = seal(b"text", KEY, "vault/a")
    for key, context in ((KEY, "vault/b"), (b"j" * 32, "vault/a")):
        with pytest.raises(StoreError):
            unseal(sealed, key, context)


def test_the_same_text_is_never_sealed_to_the_same_bytes() -> None:
    assert seal(b"text", KEY, "a")[4:] != seal(b"text", KEY, "a")[4:]
