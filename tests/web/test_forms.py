"""Questions of every kind, plans side by side, and the way to keep a what-if."""

from __future__ import annotations

import re
from dataclasses import replace
from typing import TYPE_CHECKING

import pytest
from starlette.testclient import TestClient
from tests.web.fake import FakeWorkspace
from tests.web.fake_data import RUN

from forethought.insights.blocks import Choice, Form, Number, Table
from forethought.web.forms import KeepView, form_views, keyboard
from forethought.web.layout import arrange
from forethought.web.tables import TableView

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Page, StorageState

PAGE = "/insights/staff"


def field(text: str, name: str) -> str:
    found = re.search(rf'<(?:input|select) [^>]*name="{name}"[^>]*>', text)
    assert found, name
    return found[0]


def test_each_kind_of_question_has_its_field(manager: TestClient) -> None:
    text = manager.get(PAGE).text
    assert 'inputmode="numeric"' in field(text, "staff")
    assert 'inputmode="text"' in field(text, "demand")  # it may be negative
    assert field(text, "by").startswith("<select")
    day = field(text, "start")
    assert 'type="date"' in day
    assert 'min="2028-04-01"' in day
    assert 'max="2028-12-31"' in day
    for name in ("staff", "demand", "by"):
        assert f'aria-describedby="hint-{name}"' in field(text, name)
    assert "aria-describedby" not in day


def test_the_address_keeps_every_answer(manager: TestClient) -> None:
    text = manager.get(f"{PAGE}?staff=31&demand=-2.5&by=june&start=2028-06-01").text
    assert 'value="31"' in field(text, "staff")
    assert 'value="-2.5"' in field(text, "demand")
    assert '<option value="june" selected>' in text
    assert 'value="2028-06-01"' in field(text, "start")


def test_a_refused_answer_stays_in_its_field_with_its_error_tied_to_it(
    manager: TestClient,
) -> None:
    answer = manager.get(f"{PAGE}?staff=99&demand=x&by=june")
    assert answer.status_code == 400
    for name, value in (("staff", "99"), ("demand", "x")):
        assert f'href="#choice-{name}"' in answer.text
        assert f'value="{value}"' in field(answer.text, name)
        assert f'aria-describedby="hint-{name} error-{name}"' in field(answer.text, name)
    assert '<option value="june" selected>' in answer.text
    assert "Give a whole number from 10 to 40." in answer.text


def test_what_was_typed_is_escaped(manager: TestClient) -> None:
    text = manager.get(PAGE, params={"staff": '"><script>alert(1)</script>'}).text
    assert "<script>alert" not in text


def test_one_form_carries_what_another_asked() -> None:
    views = form_views(
        (
            Form("", (Number("staff", "Staff", "48"),)),
            Form("Look at", (Choice("stage", "Stage", (("all", "All"),), "all"),)),
        ),
        "staff",
        {"staff": "55", "stage": "all"},
    )
    assert [view.id for view in views] == ["choices", "choices-2"]
    assert [view.hidden for view in views] == [(("stage", "all"),), (("staff", "55"),)]


@pytest.mark.parametrize(
    ("low", "step", "keys"),
    [(0, 1, "numeric"), (0, 0.5, "decimal"), (0, 0, "decimal"), (-1, 1, "text"), (None, 1, "text")],
)
def test_a_phone_shows_keys_that_can_write_the_answer(
    low: float | None, step: float, keys: str
) -> None:
    assert keyboard(Number("n", "N", "1", low=low, step=step)) == keys


def test_keeping_a_what_if_sends_its_name_its_run_and_its_answers(
    workspace: FakeWorkspace, manager: TestClient
) -> None:
    view = {"staff": "31", "demand": "5"}
    items = [i for s in arrange(workspace.page("manager", "staff", view)).sections for i in s.items]
    keep = next(item for item in items if isinstance(item, KeepView))
    assert keep.action == "/insights/staff/keep"
    assert keep.hidden == (("run", RUN), ("demand", "5"), ("staff", "31"))
    text = manager.get(f"{PAGE}?staff=31").text
    form = text[text.index('<form class="ft-keep"') :]
    assert 'method="post"' in form[:200]
    assert 'name="scenario_name"' in form
    assert '<input type="hidden" name="staff" value="31">' in form


def test_a_kept_what_if_goes_to_the_workspace_and_back_to_its_page(
    workspace: FakeWorkspace, manager: TestClient
) -> None:
    sent = {"run": RUN, "scenario_name": "More", "staff": "31"}
    here = {"sec-fetch-site": "same-origin"}
    answer = manager.post(f"{PAGE}/keep", data=sent, headers=here, follow_redirects=False)
    assert answer.status_code == 303
    assert answer.headers["location"] == f"{PAGE}?staff=31"
    assert workspace.scenarios == [("manager", RUN, "More", {"staff": "31"})]


def test_a_what_if_without_a_name_is_not_kept_and_its_field_says_so(
    workspace: FakeWorkspace, manager: TestClient
) -> None:
    sent = {"run": RUN, "scenario_name": "", "staff": "31"}
    answer = manager.post(f"{PAGE}/keep", data=sent, headers={"sec-fetch-site": "same-origin"})
    assert answer.status_code == 400
    assert 'id="error-keep-name"' in answer.text
    assert workspace.scenarios == []


def test_another_site_cannot_keep_a_what_if(workspace: FakeWorkspace, manager: TestClient) -> None:
    sent = {"run": RUN, "scenario_name": "More", "staff": "31"}
    answer = manager.post(f"{PAGE}/keep", data=sent, headers={"sec-fetch-site": "cross-site"})
    assert answer.status_code == 403
    assert workspace.scenarios == []


def test_the_suggested_column_is_tinted_and_named(
    workspace: FakeWorkspace, manager: TestClient
) -> None:
    page = workspace.page("manager", "staff", {})
    items = [i for s in arrange(page).sections for i in s.items]
    table = next(item for item in items if isinstance(item, TableView))
    assert [head.css for head in table.heads] == ["", "", "ft-suggested", ""]
    assert table.heads[2].label == "Your what-if: 23 staff"
    assert {row[2].label for row in table.rows} == {"Your what-if: 23 staff"}
    assert table.rows[1][1].text == "110"
    assert table.rows[1][1].under == ("80 to 140",)
    assert '<span class="ft-table__under">80 to 140</span>' in manager.get(PAGE).text
    blocks = [replace(b, suggested="") if isinstance(b, Table) else b for b in page.blocks]
    plain = arrange(replace(page, blocks=tuple(blocks)))
    tables = [i for s in plain.sections for i in s.items if isinstance(i, TableView)]
    assert [table.options for table in tables] == [False]


def test_each_drawing_has_its_own_address(manager: TestClient) -> None:
    text = manager.get(PAGE).text
    sizes = [
        re.search(r'width="(\d+)"', manager.get(f"/runs/{RUN}/charts/heat/{size}.svg").text)
        for size in ("wide", "medium", "narrow")
    ]
    assert [found and found[1] for found in sizes] == ["1058", "640", "358"]
    assert '<source media="(max-width: 1180px)"' in text
    assert manager.get(f"/runs/{RUN}/charts/heat/huge.svg").status_code == 400


@pytest.mark.browser
def test_no_drawing_is_ever_scaled(page: Page) -> None:
    for width in (1181, 1180, 760):
        page.set_viewport_size({"width": width, "height": 900})
        page.goto(PAGE)
        page.wait_for_load_state("load")
        own, drawn = page.locator("img.ft-drawing").evaluate(
            "i => [i.naturalWidth, i.getBoundingClientRect().width]"
        )
        assert own == drawn, width


@pytest.mark.browser
def test_a_what_if_is_asked_by_keyboard_without_javascript(
    browser: Browser, server: str, session: StorageState
) -> None:
    context = browser.new_context(storage_state=session, java_script_enabled=False)
    page = context.new_page()
    page.goto(server + PAGE)
    page.get_by_label("Full-time staff").focus()
    page.keyboard.press("Control+A")
    page.keyboard.type("31")
    page.keyboard.press("Enter")
    page.wait_for_url("**staff=31**")
    assert page.get_by_label("Full-time staff").input_value() == "31"
    context.close()
