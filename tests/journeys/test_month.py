"""The month on the command line: a round, signals and their answers, the digest, the record."""

from __future__ import annotations

import json
import os
import shutil
import sys
from collections.abc import Callable
from datetime import date
from pathlib import Path
from typing import Any

import polars as pl
import pytest

import forethought as ft
from forethought.__main__ import main
from forethought.insights.blocks import Respond, Table
from forethought.workspace import Workspace

Run = Callable[..., tuple[int, str, str]]
ITEMS = "inbox/saltmarshire/asc_work_items/asc_work_items.csv"
SUBJECT = "reviews_done"


@pytest.fixture(scope="module")
def county(demo: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The demonstration with two insights, an extract in which reviews rose, an older forecast."""
    folder = tmp_path_factory.mktemp("month") / "my-county"
    shutil.copytree(demo, folder)
    for path in (folder / "insights").glob("*.yaml"):
        if path.stem not in {"signals", "demand"}:
            path.unlink()
    for path in (folder / "inbox").glob("*/*"):
        if path.name not in {"asc_work_items", "asc_plans"}:
            shutil.rmtree(path)
    spec = folder / "insights" / "signals.yaml"
    shuffled = "scan: {permutations: 99, "
    spec.write_text(spec.read_text().replace("scan: {", shuffled))
    items = pl.read_csv(folder / ITEMS, infer_schema=False)
    rise = items.filter((pl.col("stage") == "review") & (pl.col("completed_on") >= "2026-07-01"))
    new_id = pl.col("work_item_id").str.slice(5)
    more = [rise.with_columns((f"REV9{n}" + new_id).alias("work_item_id")) for n in range(3)]
    pl.concat([items, *more]).write_csv(folder / ITEMS)
    older_run(folder, "demand", "demand-2607-00000000", "2026-07-31", before=july)
    return folder


def older_run(
    county: Path,
    insight: str,
    name: str,
    as_of: str,
    before: Callable[[Path], None] = lambda _: None,
) -> None:
    """A run as an earlier month would have left it."""
    folder = county / "store" / "runs" / insight
    newest = max(folder.glob("*/receipt.json"), key=lambda path: path.stat().st_mtime_ns).parent
    shutil.copytree(newest, folder / name)
    path = folder / name / "receipt.json"
    receipt = json.loads(path.read_text())
    receipt |= {"run_id": name, "as_of": as_of, "made_at": f"{as_of}T09:00:00+00:00"}
    path.write_text(json.dumps(receipt))
    before(folder / name)
    os.utime(path, (1, 1))


def july(run: Path) -> None:
    """Make a run's forecast one that knew no month after July: 2 people too many, 3 either way."""
    knew_to(run, date(2026, 7, 1))


def june(run: Path) -> None:
    """The same of June, from a run of July."""
    knew_to(run, date(2026, 6, 1))


def knew_to(run: Path, month: date) -> None:
    months = pl.read_parquet(run / "months.parquet")
    came = (pl.col("ds") > month) & pl.col("observed").is_not_null()
    forecast = {"mean": 2.0, "lo-80": -1.0, "hi-80": 5.0}
    changed = [
        pl.when(came).then(pl.col("observed") + by).otherwise(pl.col(name)).alias(name)
        for name, by in forecast.items()
    ]
    observed = pl.when(~came).then(pl.col("observed")).alias("observed")
    months.with_columns(*changed, observed).write_parquet(run / "months.parquet")


@pytest.fixture
def typed(county: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Run:
    """Types a command over the county: exit code, stdout, stderr."""
    monkeypatch.setenv("FORETHOUGHT_WORKSPACE", str(county))

    def run(*words: str) -> tuple[int, str, str]:
        monkeypatch.setattr(sys, "argv", ["forethought", *words])
        with pytest.raises(SystemExit) as done:
            main()
        out, err = capsys.readouterr()
        assert isinstance(done.value.code, int)
        return done.value.code, out, err

    return run


@pytest.fixture(scope="module")
def done(county: Path) -> dict[str, Any]:
    """The first round, as JSON values."""
    return ft.open(county, person="sam.okoro").round().as_json()


def states(ws: Workspace) -> dict[str, str]:
    """State of each cause by the page's table and its ways to answer."""
    blocks = ws.page(ws.receipt("signals").run_id, {}).blocks
    table = next(b for b in blocks if isinstance(b, Table) and b.name == "signals")
    found = {"table": table.rows[0][-1], "owner": table.rows[0][-2]}
    return found | {b.subject: b.state for b in blocks if isinstance(b, Respond)}


def test_a_round_says_what_came_and_what_it_made(done: dict[str, Any]) -> None:
    assert [report.dataset for report in done["loaded"]] == ["asc_work_items"]
    assert [run.insight for run in done["made"]] == ["signals"]
    assert [signal.subject for signal in done["signals"]] == [SUBJECT]
    assert done["signals"][0].since.isoformat() == "2026-07-01"
    assert done["records"]["demand"]["basis"] == "kept"
    assert (done["waiting"], done["unchanged"]) == (1, 1)


def test_the_same_round_again_changes_nothing(typed: Run, done: dict[str, Any]) -> None:
    code, out, _ = typed("round", "--as", "sam.okoro", "--json")
    again = json.loads(out)
    assert code == 0
    assert (again["loaded"], again["made"]) == ([], [])
    assert again["unchanged"] == done["unchanged"] + 1
    assert [each["subject"] for each in again["signals"]] == [SUBJECT]
    code, out, _ = typed("round", "--as", "sam.okoro")
    assert "- Nothing: no new data." in out
    assert "Reviews completed" in out


@pytest.mark.usefixtures("done")
def test_the_record_holds_the_kept_forecast_against_what_came(typed: Run) -> None:
    code, out, err = typed("record", "demand", "--as", "priya.nair")
    assert code == 0
    assert "1 forecast of people supported, kept: 2.0 more than came" in err
    assert "October 2026 are still coming in" in err
    lines = [line.split("\t") for line in out.splitlines()]
    assert ["supported", "all", "all", "3", "+2.0", "2.0", "100%"] in lines
    assert ["supported", "home_care", "3", "1", "+2.0", "2.0", "100%"] in lines
    added = next(line for line in lines if line[:3] == ["supported", "all", "everybody"])
    assert added[3:6] == ["3", "2.0", "2.0"]
    assert added[7] == "nobody judged"
    assert added[8].endswith("too early to tell")
    assert "too early to tell (3 months of 6)" in err
    _, out, _ = typed("record", "demand", "--as", "priya.nair", "--json")
    told = json.loads(out)
    assert told["runs"] == ["demand-2607-00000000"]
    assert {"measure", "service", "author", "judgement_added"} <= set(told["value_added"][0])


@pytest.mark.usefixtures("done")
def test_the_page_shows_the_kept_forecast_and_draws_anew_once_there_is_another(
    county: Path,
) -> None:
    ws = ft.open(county, person="priya.nair")
    run_id = ws.receipt("demand").run_id

    def caption() -> str:
        blocks = ws.page(run_id, {}).blocks
        tables = [b for b in blocks if isinstance(b, Table) and b.name == "earlier-forecasts"]
        return tables[0].caption

    assert "1 forecast of people supported, kept" in caption()
    older_run(county, "demand", "demand-2606-00000000", "2026-06-30", before=june)
    assert "2 forecasts of people supported, kept" in caption()
    shutil.rmtree(county / "store" / "runs" / "demand" / "demand-2606-00000000")


@pytest.mark.usefixtures("done")
def test_an_answer_is_kept_and_makes_the_page_stale(county: Path, typed: Run) -> None:
    ws = ft.open(county, person="priya.nair")
    assert states(ws) == {"table": "new", "owner": "Priya Nair", SUBJECT: "new"}
    reason = "Two posts filled in July"
    answer = ("respond", "signals", SUBJECT, "acknowledged", "--reason", reason)
    code, _, err = typed(*answer, "--as", "dev.anand")
    assert code == 0
    assert "Reviews completed: acknowledged" in err
    after = states(ws)
    assert after["table"].startswith("acknowledged\nDev Anand, ")
    assert after[SUBJECT].endswith(reason)
    code, _, _ = typed(
        "respond", "signals", SUBJECT, "resolved", "--reason", "Rebased", "--as", "priya.nair"
    )
    assert code == 0
    assert states(ws)["table"].startswith("resolved\nPriya Nair"), "the newest of one day holds"
    _, out, _ = typed("signals", "--json", "--as", "tom.adeyemi")
    (found,) = json.loads(out)
    assert (found["state"], found["author"], found["fresh"]) == ("resolved", "Priya Nair", True)
    kept = ws.wiring.audit.entries(subject="signals", action="answer signal")
    assert [entry.person for entry in kept] == ["priya.nair", "dev.anand"]


@pytest.mark.usefixtures("done")
def test_who_may_not_answer_sees_no_way_to(county: Path) -> None:
    assert SUBJECT in states(ft.open(county, person="priya.nair"))
    assert SUBJECT not in states(ft.open(county, person="sam.okoro"))


@pytest.mark.usefixtures("done")
@pytest.mark.parametrize(
    ("words", "code", "told"),
    [
        (("respond", "signals", "reviews_don", "resolved", "--reason", "why"), 2, SUBJECT),
        (("respond", "signls", SUBJECT, "resolved", "--reason", "why"), 2, "signals"),
        (("respond", "signals", SUBJECT, "resolvd", "--reason", "why"), 2, "resolved"),
        (("respond", "signals", SUBJECT, "resolved"), 2, "Say why"),
        (("signals", "demand"), 2, "raises no signals"),
        (("record", "signals"), 2, "Known: demand"),
        (("round",), 12, "may not load data"),
    ],
)
def test_a_refusal_names_what_is_wrong(
    typed: Run, words: tuple[str, ...], code: int, told: str
) -> None:
    found, out, err = typed(*words, "--as", "priya.nair")
    assert (found, out) == (code, "")
    assert told in err


@pytest.mark.usefixtures("done")
@pytest.mark.parametrize(
    ("person", "told"), [("sam.okoro", "none of them"), ("ada.finch", "may not answer")]
)
def test_an_answer_is_refused_to_those_outside_the_service(
    typed: Run, person: str, told: str
) -> None:
    code, _, err = typed(
        "respond", "signals", SUBJECT, "resolved", "--reason", "why", "--as", person
    )
    assert code == 12
    assert told in err


@pytest.mark.usefixtures("done")
def test_the_digest_is_for_the_role_and_says_what_is_new(county: Path, typed: Run) -> None:
    code, out, _ = typed("digest", "--as", "dev.anand")
    assert code == 0
    assert "1 new this month" in out
    assert "Reviews completed: about" in out
    assert "receipt SIG-2610-" in out
    _, out, _ = typed("digest", "--as", "ines.caldwell")
    assert "no watch for the role information governance lead" in out
    older_run(county, "signals", "signals-2609-00000000", "2026-09-30")
    _, out, _ = typed("digest", "--as", "priya.nair", "--json")
    told = json.loads(out)
    assert [each["fresh"] for each in told["causes"]] == [False]
    assert "none new this month" in told["headline"]
    assert "signals" in {each["insight"] for each in told["made"]}
