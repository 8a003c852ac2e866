"""An insight whose file asks for approvals is published and shown only while it has them."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import pytest

import forethought as ft
from forethought.errors import ApprovalMissing
from forethought.web.live import LiveWorkspace

Run = Callable[..., tuple[int, str, str]]
OnDay = Callable[[Path, str], None]


@pytest.fixture
def run_id(demo_copy: Path) -> str:
    return ft.open(demo_copy, person="sam.okoro").receipt("work").run_id


def test_the_demonstration_has_what_its_insights_ask_and_publishes(typed: Run, run_id: str) -> None:
    code, out, _ = typed("approvals", "--json")
    assert code == 0
    found = json.loads(out)
    assert {item["insight"] for item in found} >= {"demand", "work"}
    assert all(item["given"] for item in found), found
    code, _, err = typed("publish", run_id, "--as", "elin.marsh")
    assert code == 0
    assert "Pages show" in err


def test_a_withdrawn_decision_stops_publication_with_its_own_exit_code(
    typed: Run, run_id: str, demo_copy: Path
) -> None:
    code, _, err = typed(
        "decide", "work", "withdraw", "--reason", "New data owner", "--as", "elin.marsh"
    )
    assert code == 0
    assert "Still lacking: decision of Elin Marsh" in err
    code, _, err = typed("publish", run_id, "--as", "elin.marsh")
    assert code == 15
    assert "withdrawn on" in err
    page = LiveWorkspace(demo_copy).page("priya.nair", "work", {})
    assert page.state == "not_permitted"
    assert page.box is not None
    assert "waits for approval" in page.box.why
    assert typed("show", "work", "--as", "priya.nair")[0] == 15
    assert typed("export", "work", "--as", "priya.nair")[0] == 15


def test_those_who_make_advise_and_decide_see_it_unapproved_and_are_told(
    typed: Run, run_id: str, demo_copy: Path
) -> None:
    typed("decide", "work", "withdraw", "--reason", "New owner", "--as", "elin.marsh")
    assert run_id
    for person in ("sam.okoro", "ruth.hale", "elin.marsh"):
        code, out, _ = typed("show", "work", "--as", person)
        assert code == 0
        assert "It waits for approval: decision of Elin Marsh" in out
    page = LiveWorkspace(demo_copy).page("ruth.hale", "work", {})
    assert page.state == "ready"
    assert page.box is not None
    assert page.box.title.startswith("Not approved yet")


def test_approvals_expire_with_the_calendar(demo_copy: Path, on_day: OnDay, run_id: str) -> None:
    on_day(demo_copy, "2027-03-31")
    ft.open(demo_copy, person="elin.marsh").publish(run_id)
    on_day(demo_copy, "2027-04-01")
    with pytest.raises(ApprovalMissing, match="expired on 31 March 2027"):
        ft.open(demo_copy, person="elin.marsh").publish(run_id)


def test_an_approval_asked_for_later_is_needed_for_runs_made_before(
    demo_copy: Path, run_id: str
) -> None:
    path = demo_copy / "insights" / "work.yaml"
    path.write_text(path.read_text().replace("advice: [use]", "advice: [use, proposal]"))
    with pytest.raises(ApprovalMissing, match='advice of the ethics committee on "proposal"'):
        ft.open(demo_copy, person="elin.marsh").publish(run_id)


def test_what_is_asked_changes_no_run(demo_copy: Path, run_id: str) -> None:
    path = demo_copy / "insights" / "work.yaml"
    path.write_text(path.read_text().replace("advice: [use]", "advice: [use, proposal]"))
    ws = ft.open(demo_copy, person="sam.okoro")
    states = {item.id: item.state for item in ws.insights()}
    assert states["work"] == "current"
    assert ws.run("work").receipt.run_id == run_id


def test_committee_and_board_speak_by_command(typed: Run, run_id: str) -> None:
    assert run_id
    code, _, err = typed(
        "advise", "demand", "use", "against", "--reason", "Too fine", "--as", "ruth.hale"
    )
    assert code == 0
    assert "before the ethics committee advised against" in err
    for person in ("dev.anand", "elin.marsh"):
        words = ("--reason", "By district only", "--until", "2027-06-30", "--as", person)
        code, _, err = typed("decide", "demand", "approve", *words)
        assert code == 0
    assert "It has every approval it asks for." in err


@pytest.mark.parametrize(
    ("words", "code", "told"),
    [
        (("decide", "demand", "approve", "--reason", "x", "--as", "sam.okoro"), 12, "on no body"),
        (("decide", "demand", "maybe", "--reason", "x", "--as", "dev.anand"), 2, "no verdict"),
        (("decide", "demand", "approve", "--as", "dev.anand"), 2, "Say why"),
        (("decide", "demnad", "approve", "--reason", "x", "--as", "dev.anand"), 2, '"demand"?'),
    ],
)
def test_a_wrong_command_says_so(typed: Run, words: tuple[str, ...], code: int, told: str) -> None:
    found, _, err = typed(*words)
    assert found == code
    assert told in err
