"""Signals are answered from their page: a reason is asked for, another site cannot."""

from __future__ import annotations

from urllib.parse import urlencode

from fastapi.testclient import TestClient
from tests.web.fake import FakeWorkspace
from tests.web.fake_data import RUN

from forethought.web.forms import respond_place

PAGE = "/insights/watch"
HERE = {"sec-fetch-site": "same-origin"}
SUBJECT = "starts/service/Home care"


def sent(**changes: str) -> dict[str, str]:
    return {
        "run": RUN, "subject": SUBJECT, "state": "acknowledged", "reason": "A provider closed",
        "series": SUBJECT, **changes,
    }  # fmt: skip


def test_each_signal_has_a_form_with_its_key_and_the_choices_of_the_page(
    manager: TestClient,
) -> None:
    text = manager.get(PAGE, params={"series": SUBJECT}).text
    forms = text.split('<details class="ft-respond">')[1:]
    assert len(forms) == 2
    assert 'method="post" action="/insights/watch/respond"' in forms[1]
    assert f'<input type="hidden" name="subject" value="{SUBJECT}">' in forms[1]
    assert f'<input type="hidden" name="series" value="{SUBJECT}">' in forms[1]
    assert f'id="{respond_place(SUBJECT)}"' in forms[1]


def test_an_answer_goes_to_the_workspace_and_its_page_says_so(
    workspace: FakeWorkspace, manager: TestClient
) -> None:
    answer = manager.post(f"{PAGE}/respond", data=sent(), headers=HERE)
    assert workspace.answers == {SUBJECT: "acknowledged: manager, A provider closed"}
    assert answer.status_code == 303
    back = answer.headers["location"]
    assert back == f"{PAGE}?{urlencode({'answered': SUBJECT, 'series': SUBJECT})}"
    text = manager.get(back).text
    assert "Your answer is kept" in text
    assert "New home care: acknowledged: manager, A provider closed" in text


def test_an_answer_without_a_reason_is_not_kept_and_its_field_says_so(
    workspace: FakeWorkspace, manager: TestClient
) -> None:
    answer = manager.post(f"{PAGE}/respond", data=sent(reason=""), headers=HERE)
    assert answer.status_code == 400
    place = respond_place(SUBJECT)
    assert f'<a href="#{place}">Say why.</a>' in answer.text
    assert f'id="error-{place}"' in answer.text
    assert answer.text.count('<details class="ft-respond" open>') == 1
    assert workspace.answers == {}


def test_another_site_cannot_answer_a_signal(workspace: FakeWorkspace, manager: TestClient) -> None:
    answer = manager.post(f"{PAGE}/respond", data=sent(), headers={"sec-fetch-site": "cross-site"})
    assert answer.status_code == 403
    assert workspace.answers == {}


def test_what_is_no_signal_or_no_answer_is_refused(
    workspace: FakeWorkspace, manager: TestClient
) -> None:
    unknown = manager.post(f"{PAGE}/respond", data=sent(subject="none"), headers=HERE)
    assert unknown.status_code == 404
    wrong = manager.post(f"{PAGE}/respond", data=sent(state="ignored"), headers=HERE)
    assert wrong.status_code == 400
    assert workspace.answers == {}


def test_home_lists_the_signals_of_the_month(manager: TestClient) -> None:
    text = manager.get("/").text
    assert "This month&#39;s signals" in text
    assert "2 signals up to January 2026" in text
    assert "Waits for an answer" in text


def test_a_link_cannot_put_words_on_the_page(manager: TestClient) -> None:
    text = manager.get(PAGE, params={"answered": "You owe us money"}).text
    assert "Your answer is kept" not in text
    assert "owe us" not in text
