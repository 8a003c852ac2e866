"""A session belongs to the site, not to a process: two of them share it, a restart keeps it."""

from __future__ import annotations

import hashlib
import sqlite3
from pathlib import Path

import pytest
from starlette.testclient import TestClient

import forethought as ft
from forethought.web.app import create_app
from forethought.web.live import LiveWorkspace

PASSWORD = "correct horse battery"  # noqa: S105 - of an invented person


def process(folder: Path) -> TestClient:
    """The site as another process would open it."""
    live = LiveWorkspace(folder)
    app = create_app(live, secret=live.wiring.keys.sub_key("sessions"))
    return TestClient(app, follow_redirects=False)


@pytest.fixture
def county(demo_copy: Path, assets: Path) -> Path:
    """A demonstration whose analyst has a known password."""
    assert assets.is_dir()
    ft.open(demo_copy, person="sam.okoro").set_password("sam.okoro", PASSWORD)
    return demo_copy


def signed_in(client: TestClient) -> dict[str, str]:
    answer = client.post("/sign-in", data={"username": "sam.okoro", "password": PASSWORD})
    assert answer.status_code == 303
    return dict(answer.cookies)


def opens(client: TestClient, cookies: dict[str, str]) -> bool:
    client.cookies.clear()
    client.cookies.update(cookies)
    return client.get("/trust").status_code == 200


def test_a_session_opens_in_another_process_and_after_a_restart(county: Path) -> None:
    cookies = signed_in(process(county))
    assert opens(process(county), cookies)


def test_signing_out_in_one_process_ends_the_session_in_all_and_is_audited(county: Path) -> None:
    one, other = process(county), process(county)
    cookies = signed_in(one)
    assert opens(one, cookies)
    other.cookies.update(cookies)
    assert other.post("/sign-out").status_code == 303
    assert not opens(one, cookies)
    assert not opens(other, cookies)
    newest = ft.open(county, person="ines.caldwell").audit_entries(1)[0]
    assert (newest.action, newest.person) == ("sign out", "sam.okoro")


def test_a_new_password_ends_the_sessions_of_the_old_one(county: Path) -> None:
    client = process(county)
    cookies = signed_in(client)
    ft.open(county, person="sam.okoro").set_password("sam.okoro", PASSWORD + " staple")
    assert not opens(client, cookies)


def test_the_records_hold_a_digest_and_never_the_key(county: Path) -> None:
    cookies = signed_in(process(county))
    key = cookies["forethought"].split(".")[0]
    database = sqlite3.connect(county / "store" / "control.sqlite")
    rows = database.execute("SELECT digest, username FROM session").fetchall()
    database.close()
    assert rows == [(hashlib.sha256(key.encode()).hexdigest(), "sam.okoro")]
