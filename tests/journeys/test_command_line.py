"""From files to a receipt on the command line, over the demonstration of the small county."""

from __future__ import annotations

import json
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import openpyxl
import polars as pl
import pytest

from forethought.__main__ import main

Run = Callable[..., tuple[int, str, str]]


@pytest.fixture
def forethought(
    demo: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> Run:
    """Types a command over the demonstration: exit code, stdout, stderr."""
    monkeypatch.setenv("FORETHOUGHT_WORKSPACE", str(demo))

    def run(*words: str) -> tuple[int, str, str]:
        monkeypatch.setattr(sys, "argv", ["forethought", *words])
        with pytest.raises(SystemExit) as done:
            main()
        out, err = capsys.readouterr()
        assert isinstance(done.value.code, int)
        return done.value.code, out, err

    return run


def test_list_names_each_insight_and_its_run(forethought: Run) -> None:
    code, out, _ = forethought("list", "--json")
    assert code == 0
    found = {item["id"]: item for item in json.loads(out)}
    simulations = {
        "service-simulation",
        "dols-simulation",
        "safeguarding-simulation",
        "occupational-therapy-simulation",
    }
    assert set(found) == {"budget", "demand", "signals", "work", *simulations}
    assert all(item["state"] == "current" for item in found.values())


def test_nothing_is_due_after_the_demonstration(forethought: Run) -> None:
    code, out, err = forethought("run", "--due", "--as", "sam.okoro")
    assert (code, out) == (0, "")
    assert "Nothing is due" in err


def test_the_inbox_again_changes_nothing(
    demo_copy: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("FORETHOUGHT_WORKSPACE", str(demo_copy))
    monkeypatch.setattr(sys, "argv", ["forethought", "ingest", "--as", "joe.pell", "--json"])
    with pytest.raises(SystemExit) as done:
        main()
    out, err = capsys.readouterr()
    assert done.value.code == 0
    assert {report["status"] for report in json.loads(out)} == {"no change"}
    assert "tenancies-2025.csv passed over for tenancies-2026.csv" in err


def test_the_same_question_twice_is_a_look_up(forethought: Run) -> None:
    code, out, _ = forethought("run", "demand", "--as", "sam.okoro", "--json")
    assert code == 0
    assert [item["status"] for item in json.loads(out)] == ["found"]


def test_show_gives_answer_tables_and_receipt(forethought: Run) -> None:
    code, out, _ = forethought("show", "demand", "--as", "priya.nair")
    assert code == 0
    assert "8 in 10 chance" in out
    assert "Run demand-2610-" in out


def test_page_and_command_line_show_the_same_blocks(forethought: Run, demo: Path) -> None:
    from forethought.insights.blocks import to_json
    from forethought.web.live import LiveWorkspace

    _, out, _ = forethought("show", "demand", "--as", "priya.nair", "--json")
    page = LiveWorkspace(demo).page("priya.nair", "demand", {})
    shown = [block for block in json.loads(out)["blocks"] if block["kind"] != "figure"]
    assert shown == [to_json(block) for block in page.blocks]


def test_exports_name_their_receipt(forethought: Run, tmp_path: Path) -> None:
    for form in ("csv", "xlsx"):
        code, out, _ = forethought(
            "export", "work", "--format", form, "--to", str(tmp_path), "--as", "priya.nair"
        )
        assert code == 0
        assert all("work-2610-" in line for line in out.splitlines())
    tables = sorted(tmp_path.glob("*.csv"))
    assert tables
    for table in tables:
        beside: Any = json.loads(Path(f"{table}-metadata.json").read_text(encoding="utf-8"))
        assert beside["url"] == table.name
        assert beside["dc:identifier"].startswith("work-2610-")
        titles = [column["titles"] for column in beside["tableSchema"]["columns"]]
        assert titles == pl.read_csv(table, infer_schema=False).columns
    book = openpyxl.load_workbook(next(tmp_path.glob("*.xlsx")))
    cells = [str(cell.value) for row in book.worksheets[0].iter_rows() for cell in row]
    assert any("work-2610-" in cell for cell in cells)
    assert any("ynthetic" in cell for cell in cells)


def test_verify_recomputes_the_same(forethought: Run) -> None:
    _, out, _ = forethought("list", "--json")
    run_id = next(item["run_id"] for item in json.loads(out) if item["id"] == "work")
    code, out, _ = forethought("verify", run_id, "--as", "sam.okoro", "--json")
    assert code == 0
    assert json.loads(out)["differing"] == []


def test_the_audit_is_whole_and_names_who_read_what(forethought: Run) -> None:
    code, out, _ = forethought("audit", "verify", "--as", "ines.caldwell", "--json")
    assert code == 0
    assert json.loads(out)["problems"] == []
    _, out, _ = forethought("audit", "show", "--last", "200", "--as", "ines.caldwell")
    assert "sam.okoro" in out


@pytest.mark.parametrize(
    ("words", "code", "told"),
    [
        (("show", "demand"), 12, "--as NAME"),
        (("show", "demnd", "--as", "priya.nair"), 2, "demnd"),
        (("run", "demand", "--as", "priya.nair"), 12, "may not run insights"),
        (("audit", "show", "--as", "priya.nair"), 12, "may not see the audit"),
        (("show", "demand", "--as", "nobody.here"), 2, "nobody here"),
        (("run",), 2, "--due"),
        (("run", "demand", "--as", "sam.okoro", "--as-of", "tomorrow"), 2, "is no date"),
        (("show", "demand", "--as", "priya.nair", "--choose", "district"), 2, "is no choice"),
        (("show", "demand", "--as", "priya.nair", "--choose", "district=Atlantis"), 2, "Atlantis"),
    ],
)
def test_a_refusal_says_why_and_has_its_exit_code(
    forethought: Run, words: tuple[str, ...], code: int, told: str
) -> None:
    found, out, err = forethought(*words)
    assert found == code
    assert told in err
    assert out == ""
    assert "Traceback" not in err


def test_an_error_as_json_has_the_one_shape(forethought: Run) -> None:
    code, out, _ = forethought("show", "nothing", "--as", "priya.nair", "--json")
    assert code == 2
    assert set(json.loads(out)) == {"error", "what", "where", "remedy", "problems"}


def test_check_counts_what_the_workspace_declares(forethought: Run) -> None:
    code, out, _ = forethought("check", "--json")
    assert code == 0
    assert json.loads(out)["contracts"] == 15


def test_a_stranger_reads_nothing(demo: Path) -> None:
    import forethought as ft
    from forethought.errors import AccessDenied

    ws = ft.open(demo, person="ruth.hale", purpose="plan-services")
    with pytest.raises(AccessDenied):
        ws.read("asc_events")
    another = ft.open(demo, person="sam.okoro", purpose="public-relations")
    with pytest.raises(AccessDenied, match="public-relations"):
        another.read("asc_events")


def test_canaries_are_found_nowhere_outside_the_vault(demo: Path) -> None:
    canaries: Any = json.loads((demo / "truth" / "canaries.json").read_text(encoding="utf-8"))
    words = [word.encode() for word in _identifying(canaries)]
    assert len(words) >= 10
    clients = pl.read_csv(
        demo / "inbox/saltmarshire/asc_clients/asc_clients.csv", infer_schema=False
    )
    numbers = clients.select("case_system_id", "la_person_unique_identifier").drop_nulls()
    words += [word.encode() for row in numbers.head(50).iter_rows() for word in row]
    files = [path for path in (demo / "store").rglob("*") if path.is_file()]
    assert len(files) > 20
    leaks = [path.name for path in files if any(word in content(path) for word in words)]
    assert leaks == []


def content(path: Path) -> bytes:
    """What a reader of the file sees: Parquet packs its text, so it is unpacked."""
    if path.suffix != ".parquet":
        return path.read_bytes()
    frame = pl.read_parquet(path)
    return frame.select(pl.col(pl.String)).write_csv().encode()


def _identifying(value: Any) -> set[str]:
    """Texts long enough to be nobody else's: names, numbers, addresses of the canaries."""
    if isinstance(value, dict):
        return {word for item in value.values() for word in _identifying(item)}
    if isinstance(value, list):
        return {word for item in value for word in _identifying(item)}
    shortest = 8
    return {value} if isinstance(value, str) and len(value) >= shortest else set()
