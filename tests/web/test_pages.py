"""Each page says what it must, with the right status, in every state."""

from __future__ import annotations

import json
import re
import subprocess
import sys
from dataclasses import replace

import pytest
from starlette.testclient import TestClient
from tests.web.fake import FakeWorkspace
from tests.web.fake_blocks import suppressed
from tests.web.fake_data import LABEL, RUN

from forethought.errors import DataError, Problem
from forethought.insights.blocks import from_json

TITLE = re.compile(r"<title[^>]*>(.*?)</title>")


def title(text: str) -> str:
    found = TITLE.search(text)
    assert found is not None
    return found[1]


@pytest.mark.parametrize(
    ("path", "expected"),
    [
        ("/", "Home"),
        ("/plan", "Plan"),
        ("/insights/growth", "Growth in care"),
        (f"/runs/{RUN}", f"Receipt of run {LABEL}"),
        ("/data", "Data catalogue"),
        ("/data/events", "Care events"),
        ("/trust", "Trust"),
        ("/glossary", "Glossary"),
        ("/accessibility", "Accessibility statement"),
        ("/data-about-you", "What we do with data about you"),
    ],
)
def test_titles_say_insight_product_and_council(
    manager: TestClient, path: str, expected: str
) -> None:
    answer = manager.get(path)
    assert answer.status_code == 200
    assert title(answer.text) == f"{expected} - Forethought - Fenmere County Council"
    assert answer.text.count("<h1") == 1


@pytest.mark.parametrize("path", ["/sign-in", "/data-about-you", "/accessibility", "/glossary"])
def test_public_pages_need_no_account(visitor: TestClient, path: str) -> None:
    answer = visitor.get(path)
    assert answer.status_code == 200
    assert "Sign out" not in answer.text


def test_a_synthetic_county_says_so_on_every_page(visitor: TestClient) -> None:
    assert "Synthetic county" in visitor.get("/sign-in").text
    assert "Mock-up" not in visitor.get("/sign-in").text


def test_the_header_names_person_and_role(manager: TestClient) -> None:
    assert "Ada Brook, service manager" in manager.get("/").text


def test_home_differs_by_role(visitor: TestClient) -> None:
    from tests.web.fake import PASSWORD

    visitor.post("/sign-in", data={"username": "worker", "password": PASSWORD})
    text = visitor.get("/").text
    assert "Your work this week" in text
    assert "questions</h2>" not in text


def test_an_empty_room_says_what_to_do(manager: TestClient) -> None:
    text = manager.get("/predict").text
    assert "Nothing here yet" in text
    assert "/data" in text


def test_a_choice_changes_the_figures_and_stays_chosen(manager: TestClient) -> None:
    default = manager.get("/insights/growth").text
    chosen = manager.get("/insights/growth?service=homes&district=fen-east").text
    assert default != chosen
    assert '<option value="homes" selected>' in chosen
    assert f"/runs/{RUN}/charts/growth/wide.svg?district=fen-east&amp;service=homes" in chosen
    assert f"/runs/{RUN}/download.csv?district=fen-east&amp;service=homes" in chosen


def test_a_receipt_says_its_settings_in_words(manager: TestClient) -> None:
    text = manager.get(f"/runs/{RUN}").text
    for said in (">Settings</h2>", "Years ahead", "3 years", "Whole years to forecast."):
        assert said in text


def test_an_unknown_choice_shows_an_error_linked_to_its_field(manager: TestClient) -> None:
    answer = manager.get("/insights/growth?service=nowhere")
    assert answer.status_code == 400
    assert title(answer.text).startswith("Error: ")
    assert 'href="#choice-service"' in answer.text
    assert 'id="error-service"' in answer.text
    assert "is no choice here. Choose one from the list." in answer.text


def test_an_unknown_question_shows_an_error_linked_to_the_form(manager: TestClient) -> None:
    answer = manager.get("/insights/growth?colour=red")
    assert answer.status_code == 400
    assert 'href="#choices"' in answer.text


@pytest.mark.parametrize(
    ("insight", "status", "words", "blocks"),
    [
        ("waiting", 200, "No forecast yet", False),
        ("running", 200, "Running: about 40 seconds left", False),
        ("broken", 200, "The run stopped: 12 rows lack a date", True),
        ("closed", 403, "You cannot see these figures", False),
    ],
)
def test_every_state_says_what_happened_why_and_what_next(
    manager: TestClient,
    insight: str,
    status: int,
    words: str,
    blocks: bool,  # noqa: FBT001
) -> None:
    answer = manager.get(f"/insights/{insight}")
    assert answer.status_code == status
    assert words in answer.text
    assert 'href="/data/events"' in answer.text
    assert ("By financial year" in answer.text) is blocks


def test_suppressed_cells_are_explained(manager: TestClient) -> None:
    text = manager.get("/insights/growth").text
    assert "[c]" in text
    assert "Neither is zero." in text


def test_every_figure_leads_to_its_receipt(manager: TestClient) -> None:
    text = manager.get("/insights/growth").text
    assert text.count(f'href="/runs/{RUN}"') >= 2
    receipt = manager.get(f"/runs/{RUN}").text
    for words in ("Data that was read", "48,210", "Did not pass", "Agreement HS-2"):
        assert words in receipt
    assert manager.get(f"/runs/{RUN}/receipt.json").json()["run_id"] == RUN


def test_downloads_name_their_run(manager: TestClient) -> None:
    answer = manager.get(f"/runs/{RUN}/download.csv")
    assert answer.headers["content-disposition"].endswith(f"growth-{LABEL}.csv")
    assert LABEL in answer.text
    assert manager.get(f"/runs/{RUN}/download.exe").status_code == 404


def test_wide_and_narrow_drawings_differ(manager: TestClient) -> None:
    wide = manager.get(f"/runs/{RUN}/charts/growth/wide.svg")
    narrow = manager.get(f"/runs/{RUN}/charts/growth/narrow.svg")
    assert wide.headers["content-type"] == "image/svg+xml"
    assert 'width="1058"' in wide.text
    assert 'width="358"' in narrow.text
    assert manager.get(f"/runs/{RUN}/charts/growth/huge.svg").status_code == 400


def test_the_dataset_page_shows_quality_and_what_was_set_aside(manager: TestClient) -> None:
    text = manager.get("/data/events").text
    for words in ("Quality of version 4: 94 of 100", "Timeliness", ", low", "Worst rule:"):
        assert words in text
    assert "Rules that were broken" in text
    empty = manager.get("/data/empty").text
    assert "No file has arrived yet" in empty
    assert "Quality of version" not in empty


def test_the_audit_is_for_those_who_check(manager: TestClient) -> None:
    assert "/trust/audit" not in manager.get("/trust").text
    refused = manager.get("/trust/audit")
    assert refused.status_code == 403
    assert "This visit was recorded." in refused.text


def test_the_audit_is_read_page_by_page(governance: TestClient) -> None:
    assert "/trust/audit" in governance.get("/trust").text
    first, last = governance.get("/trust/audit").text, governance.get("/trust/audit?page=3").text
    assert "Older entries" in first
    assert "Newer entries" not in first
    assert "Newer entries" in last
    assert "Older entries" not in last
    assert governance.get("/trust/audit?page=x").status_code == 400


@pytest.mark.parametrize(
    ("path", "words"),
    [
        ("/nowhere", "There is no page at this address."),
        ("/insights/nowhere", "There is no insight"),
        ("/runs/nowhere", "There is no run"),
        ("/data/nowhere", "There is no dataset"),
    ],
)
def test_what_does_not_exist_is_said_with_a_way_on(
    manager: TestClient, path: str, words: str
) -> None:
    answer = manager.get(path)
    assert answer.status_code == 404
    assert "Page not found" in answer.text
    assert words in answer.text
    assert 'href="/"' in answer.text


def test_an_error_page_lists_every_problem_up_to_a_bound(
    manager: TestClient, workspace: FakeWorkspace, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(_person: str) -> object:
        raise DataError(
            "25 rows are wrong.",
            where="events.csv",
            remedy="Correct the file.",
            problems=[Problem(f"bad {i}", f"row {i}") for i in range(25)],
        )

    monkeypatch.setattr(workspace, "datasets", refuse)
    answer = manager.get("/data")
    assert answer.status_code == 422
    for words in ("25 rows are wrong.", "Where: events.csv", "row 19: bad 19", "and 5 more"):
        assert words in answer.text
    assert "row 20" not in answer.text


def test_a_wrong_password_is_refused_without_saying_which_part(visitor: TestClient) -> None:
    answers = [
        visitor.post("/sign-in", data={"username": name, "password": "wrong"})
        for name in ("manager", "nobody")
    ]
    for answer in answers:
        assert answer.status_code == 403
        assert title(answer.text).startswith("Error: Sign in")
        assert "The user name or password is not right." in answer.text
        assert "wrong" not in answer.text.replace("password is not right", "")
        assert "set-cookie" not in answer.headers


def test_an_empty_form_names_each_missing_field(visitor: TestClient) -> None:
    answer = visitor.post("/sign-in", data={})
    assert answer.status_code == 400
    for field in ("username", "password"):
        assert f'href="#{field}"' in answer.text
        assert f'id="{field}-error"' in answer.text


def test_too_many_attempts_are_held_off(visitor: TestClient) -> None:
    for _ in range(20):
        visitor.post("/sign-in", data={"username": "manager", "password": "wrong"})
    answer = visitor.post("/sign-in", data={"username": "manager", "password": "wrong"})
    assert "Wait 15 minutes" in answer.text


def test_after_signing_in_people_land_where_they_wanted_to_go(visitor: TestClient) -> None:
    from tests.web.fake import PASSWORD

    asked = visitor.get("/insights/growth?service=homes").headers["location"]
    form = visitor.get(asked).text
    then = form.split('name="then" value="')[1].split('"')[0]
    answer = visitor.post(
        "/sign-in", data={"username": "manager", "password": PASSWORD, "then": then}
    )
    assert answer.headers["location"] == "/insights/growth?service=homes"


def test_the_api_gives_the_same_blocks(manager: TestClient) -> None:
    found = manager.get("/api/insights/growth?service=homes").json()
    assert found["run"] == RUN
    assert found["view"] == {"service": "homes"}
    assert from_json(found["blocks"][0]).kind == "headline"
    assert {e["id"] for e in manager.get("/api/insights").json()["insights"]} >= {"growth"}


@pytest.mark.parametrize(
    ("path", "status", "error"),
    [
        ("/api/insights/nowhere", 404, "NotFound"),
        ("/api/insights/growth?service=x", 400, "UsageError"),
        ("/api/nowhere", 404, "NotFound"),
    ],
)
def test_errors_of_the_api_have_one_shape(
    manager: TestClient, path: str, status: int, error: str
) -> None:
    answer = manager.get(path)
    assert answer.status_code == status
    found = answer.json()
    assert found["error"] == error
    assert set(found) == {"error", "what", "where", "remedy", "problems"}


def test_the_api_refuses_what_the_page_refuses(manager: TestClient) -> None:
    answer = manager.get("/api/insights/closed")
    assert answer.status_code == 403
    assert answer.json()["blocks"] == []


def test_the_site_starts_without_heavy_libraries() -> None:
    heavy = ("polars", "altair", "statsforecast", "duckdb", "sklearn", "scipy", "numpy", "pyarrow")
    code = (
        "import sys, json; import forethought.web.app; "
        f"print(json.dumps([name for name in {heavy!r} if name in sys.modules]))"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert json.loads(done.stdout) == []


def test_a_page_of_many_sections_begins_with_links_to_them(
    manager: TestClient, workspace: FakeWorkspace, monkeypatch: pytest.MonkeyPatch
) -> None:
    short = manager.get("/insights/growth").text
    assert "On this page" not in short
    page = workspace.page("priya.nair", "growth", {})
    more = [replace(suppressed(), name=f"t{k}", section=f"Part {k} & more") for k in range(4)]
    long = replace(page, blocks=(*page.blocks, *more))
    monkeypatch.setattr(workspace, "page", lambda *_: long)
    text = manager.get("/insights/growth").text
    start = text.index("On this page")
    links = re.findall(r'href="#([^"]+)">([^<]+)</a>', text[start : text.index("</nav>", start)])
    assert [words for _, words in links if words.startswith("Part")] == [
        f"Part {k} &amp; more" for k in range(4)
    ]
    assert [words for _, words in links[-3:]] == [
        "What this does not tell you", "How was this made?", "Download",
    ]  # fmt: skip
    for target, _ in links:
        assert text.count(f'id="{target}"') == 1
