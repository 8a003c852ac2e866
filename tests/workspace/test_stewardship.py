"""Erasure, retention, healing and withdrawal, as information governance and stewards type them."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import polars as pl
import pytest

import forethought as ft
from forethought.workspace.wiring import Wiring

Run = Callable[..., tuple[int, str, str]]


@pytest.fixture
def somebody(demo_copy: Path) -> str:
    """The council's own number of a client with events."""
    events = pl.read_csv(
        demo_copy / "inbox/saltmarshire/asc_events/asc_events.csv", infer_schema=False
    )
    counts = events["LA_Person_Unique_Identifier"].drop_nulls().value_counts(sort=True)
    return str(counts["LA_Person_Unique_Identifier"][0])


def vault_holds(folder: Path, number: str) -> bool:
    from forethought.data.vault import Vault

    store = Wiring(folder).store
    vault = Vault(store.path, store.keys, store.manifest())
    frames = (
        vault.identifiers(name) for name in store.manifest().datasets if name.startswith("asc_")
    )
    columns = (frame["la_person_unique_identifier"] for frame in frames if frame.width > 1)
    return any(number in column.to_list() for column in columns)


def test_a_person_is_erased_by_a_number_from_a_file_and_receipts_say_so(
    typed: Run, demo_copy: Path, somebody: str, tmp_path: Path
) -> None:
    path = tmp_path / "person.txt"
    path.write_text(somebody + "\n")
    assert vault_holds(demo_copy, somebody)
    code, out, err = typed(
        "erase", "--partner", "saltmarshire", "--from", str(path), "--yes",
        "--as", "ines.caldwell", "--json",
    )  # fmt: skip
    assert code == 0, err
    found = json.loads(out)
    assert found["rows"] > 0
    assert "asc_events" in found["datasets"]
    assert found["landed"] > 0
    assert somebody not in out + err
    assert not vault_holds(demo_copy, somebody)
    run_id = ft.open(demo_copy, person="sam.okoro").receipt("demand").run_id
    assert run_id in found["runs"]
    _, out, _ = typed("show", "demand", "--as", "priya.nair")
    assert "People were erased from the data since this run." in out
    code, out, _ = typed("audit", "show", "--last", "5", "--as", "ines.caldwell", "--json")
    audit = json.loads(out)
    assert {"erase", "erased"} <= {entry["action"] for entry in audit}
    assert somebody not in json.dumps(audit)
    states = {item.id: item.state for item in ft.open(demo_copy, person="sam.okoro").insights()}
    assert states["demand"] == "due", "the next run counts without the person"
    work = ft.open(demo_copy, person="sam.okoro").receipt("work").run_id
    code, _, err = typed("verify", work, "--as", "sam.okoro")
    assert "Rows that the run read were erased since" in err


def test_the_number_is_asked_for_and_not_shown(
    typed: Run, demo_copy: Path, somebody: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked: list[tuple[str, bool]] = []

    def answer(text: str, **options: bool) -> str:
        asked.append((text, options["hide_input"]))
        return somebody

    monkeypatch.setattr("typer.prompt", answer)
    monkeypatch.setattr("typer.confirm", lambda *_, **__: True)
    code, out, err = typed("erase", "--partner", "saltmarshire", "--as", "ines.caldwell")
    assert code == 0
    assert "rows removed from" in out
    assert asked == [("Number of the person at saltmarshire", True)]
    assert somebody not in out + err
    assert not vault_holds(demo_copy, somebody)


@pytest.mark.parametrize(
    ("person", "lines", "code", "told"),
    [
        ("sam.okoro", "x", 12, "may not erase people"),
        ("ines.caldwell", "1\n2\n", 2, "holds 2 lines"),
        ("ines.caldwell", "943 476 5918", 2, "no valid NHS number"),
    ],
)
def test_an_erasure_that_may_not_be_or_names_nobody_changes_nothing(
    typed: Run, demo_copy: Path, tmp_path: Path, person: str, lines: str, code: int, told: str
) -> None:
    before = sorted((demo_copy / "store" / "manifest").iterdir())
    path = tmp_path / "person.txt"
    path.write_text(lines)
    found, _, err = typed("erase", "--from", str(path), "--yes", "--as", person)
    assert found == code
    assert told in err
    assert "943" not in err
    assert sorted((demo_copy / "store" / "manifest").iterdir()) == before


def test_retention_looks_ahead_first_and_then_does_just_that(
    typed: Run, demo_copy: Path, on_day: Callable[[Path, str], None]
) -> None:
    on_day(demo_copy, "2030-11-24")
    before = Wiring(demo_copy).store.manifest().number
    code, out, err = typed("retain", "--as", "ines.caldwell", "--json")
    ahead = json.loads(out)
    assert (code, ahead["done"]) == (0, False)
    assert ahead["rows"] > 0
    assert "Nothing was changed" in err
    assert Wiring(demo_copy).store.manifest().number == before
    _, out, _ = typed("retain", "--apply", "--as", "ines.caldwell", "--json")
    done = json.loads(out)
    assert {**done, "done": False} == ahead
    assert Wiring(demo_copy).store.manifest().number == before + 1


def test_a_mended_contract_heals_from_the_landed_file(typed: Run, demo_copy: Path) -> None:
    held = Wiring(demo_copy).store.manifest().datasets["asc_work_items"]
    assert held.quarantined > 0
    contract = demo_copy / "contracts" / "asc_work_items.yaml"
    text = contract.read_text()
    contract.write_text(text.replace("severity: error", "severity: warning"))
    code, _, err = typed("heal", "asc_work_items", "--as", "joe.pell")
    assert code == 0
    assert "healed" in err
    now = Wiring(demo_copy).store.manifest().datasets["asc_work_items"]
    assert now.quarantined < held.quarantined
    assert now.rows + now.quarantined == held.rows + held.quarantined
    assert typed("heal", "asc_work_items", "--as", "priya.nair")[0] == 12


def test_withdrawing_an_agreement_stops_the_next_read_until_it_is_reinstated(
    typed: Run, demo_copy: Path
) -> None:
    def rows() -> int:
        ws = ft.open(demo_copy, person="sam.okoro", purpose="plan-services")
        return ws.read("asc_events", ["event_type"]).height

    everybody = rows()
    paper = "adult-social-care-record"
    assert typed("withdraw", paper, "--reason", "Breach", "--as", "sam.okoro")[0] == 12
    assert typed("withdraw", paper, "--as", "ines.caldwell")[0] == 2
    assert rows() == everybody
    assert typed("withdraw", paper, "--reason", "Breach", "--as", "ines.caldwell")[0] == 0
    with pytest.raises(ft.errors.AccessDenied, match="was withdrawn"):
        rows()
    assert typed("show", "demand", "--as", "priya.nair")[0] == 12
    assert typed("reinstate", paper, "--reason", "Mended", "--as", "ines.caldwell")[0] == 0
    assert rows() == everybody
