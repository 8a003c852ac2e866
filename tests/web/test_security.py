"""The site answers with strict headers, refuses other sites, and ends sessions."""

from __future__ import annotations

import logging

import pytest
from fastapi import FastAPI
from starlette.datastructures import Headers
from starlette.testclient import TestClient
from tests.web.fake import PASSWORD, FakeWorkspace

from forethought.errors import UsageError
from forethought.web.app import create_app
from forethought.web.links import local
from forethought.web.security import comes_from_here

ACCOUNT = {"username": "manager", "password": PASSWORD}
SIGNED_IN_PAGES = (
    "/",
    "/plan",
    "/prioritise",
    "/predict",
    "/insights/growth",
    "/runs/rn7c41e09ab2d3f6",
    "/runs/rn7c41e09ab2d3f6/receipt.json",
    "/runs/rn7c41e09ab2d3f6/charts/growth/wide.svg",
    "/runs/rn7c41e09ab2d3f6/download.csv",
    "/data",
    "/data/events",
    "/trust",
    "/trust/audit",
)


@pytest.mark.parametrize("path", SIGNED_IN_PAGES)
def test_nobody_reads_a_page_without_signing_in(visitor: TestClient, path: str) -> None:
    answer = visitor.get(path)
    assert answer.status_code == 303
    assert answer.headers["location"].startswith("/sign-in")


def test_the_api_answers_nobody_without_signing_in(visitor: TestClient) -> None:
    answer = visitor.get("/api/insights/growth")
    assert answer.status_code == 401
    assert answer.json()["error"] == "AccessDenied"


def test_every_route_is_public_on_purpose_or_asks_who_you_are(app: FastAPI) -> None:
    public = {"/sign-in", "/sign-out", "/data-about-you", "/accessibility", "/glossary"}
    client = TestClient(app, follow_redirects=False)
    for route in (r for r in _routes(app) if r not in public):
        path = (
            route.replace("{run_id}", "r")
            .replace("{insight_id}", "i")
            .replace("{size}", "wide")
            .replace("{file_format}", "csv")
            .replace("{name}", "n")
        )
        status = client.get(path).status_code
        if status == 405:  # a route that only takes what is sent
            status = client.post(path, headers={"sec-fetch-site": "same-origin"}).status_code
        assert status in {303, 401}, route


def _routes(app: FastAPI) -> list[str]:
    found: list[str] = []
    for route in app.routes:
        inner = getattr(route, "original_router", None)
        found += [r.path for r in inner.routes] if inner else []
    assert len(found) > 15
    return found


def test_pages_carry_strict_headers_and_are_not_kept(manager: TestClient) -> None:
    headers = manager.get("/").headers
    policy = headers["content-security-policy"]
    for rule in ("default-src 'self'", "object-src 'none'", "frame-ancestors 'none'"):
        assert rule in policy
    assert "unsafe" not in policy
    assert headers["cache-control"] == "no-store"
    assert headers["x-content-type-options"] == "nosniff"
    assert "strict-transport-security" not in headers


def test_assets_and_drawings_are_kept_for_ever(manager: TestClient) -> None:
    style = manager.get("/").text.split('rel="stylesheet" href="')[1].split('"')[0]
    drawing = "/runs/rn7c41e09ab2d3f6/charts/growth/narrow.svg"
    for path in (style, drawing):
        assert "immutable" in manager.get(path).headers["cache-control"]
    assert "private" in manager.get(drawing).headers["cache-control"]


def test_https_gives_secure_cookies_and_hsts(assets: object) -> None:
    app = create_app(FakeWorkspace(), secret=b"s" * 32, https=True)
    client = TestClient(app, follow_redirects=False, base_url="https://site.example")
    answer = client.post("/sign-in", data=ACCOUNT)
    cookie = answer.headers["set-cookie"]
    assert cookie.startswith("__Host-forethought=")
    for mark in ("HttpOnly", "Secure", "SameSite=lax", "Path=/"):
        assert mark in cookie
    assert "strict-transport-security" in answer.headers


@pytest.mark.parametrize(
    ("headers", "allowed"),
    [
        ({"sec-fetch-site": "same-origin"}, True),
        ({"sec-fetch-site": "none"}, True),
        ({"sec-fetch-site": "cross-site"}, False),
        ({"sec-fetch-site": "same-site"}, False),
        ({"origin": "http://site.example", "host": "site.example"}, True),
        ({"origin": "http://elsewhere.example", "host": "site.example"}, False),
        ({"origin": "null", "host": "site.example"}, False),
        ({"sec-fetch-site": "cross-site", "origin": "http://a", "host": "a"}, False),
        ({}, True),
    ],
)
def test_only_this_site_may_send_a_form(headers: dict[str, str], allowed: bool) -> None:  # noqa: FBT001
    assert comes_from_here("POST", Headers(headers)) is allowed
    assert comes_from_here("GET", Headers(headers))


def test_another_site_cannot_sign_anybody_out(manager: TestClient) -> None:
    refused = manager.post("/sign-out", headers={"sec-fetch-site": "cross-site"})
    assert refused.status_code == 403
    assert "default-src" in refused.headers["content-security-policy"]
    assert manager.get("/").status_code == 200


def test_signing_out_ends_the_session_even_for_a_copied_cookie(manager: TestClient) -> None:
    copied = dict(manager.cookies)
    manager.post("/sign-out")
    manager.cookies.update(copied)
    assert manager.get("/").status_code == 303


def test_signing_in_again_ends_the_session_before(manager: TestClient) -> None:
    before = dict(manager.cookies)
    manager.post("/sign-in", data=ACCOUNT)
    manager.cookies.clear()
    manager.cookies.update(before)
    assert manager.get("/").status_code == 303


def test_closing_an_account_ends_its_sessions(
    manager: TestClient, workspace: FakeWorkspace
) -> None:
    workspace.closed.add("manager")
    assert manager.get("/").status_code == 303


@pytest.mark.parametrize(
    ("asked", "went"),
    [
        ("/plan?a=1", "/plan?a=1"),
        ("//elsewhere.example", "/"),
        ("https://elsewhere.example", "/"),
        ("/\\elsewhere.example", "/"),
        ("/\telsewhere", "/"),
        ("", "/"),
    ],
)
def test_signing_in_never_leads_off_the_site(visitor: TestClient, asked: str, went: str) -> None:
    assert local(asked) == went
    answer = visitor.post("/sign-in", data={**ACCOUNT, "then": asked})
    assert answer.headers["location"] == went


def test_an_unexpected_error_gives_a_reference_and_logs_no_value(
    manager: TestClient,
    workspace: FakeWorkspace,
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
) -> None:
    def broken(_person: str) -> object:
        raise RuntimeError("943 476 5919 stands in row 7")

    monkeypatch.setattr(workspace, "home", broken)
    with caplog.at_level(logging.ERROR, logger="forethought.web"):
        answer = manager.get("/")
    assert answer.status_code == 500
    reference = answer.text.split("reference ")[1][:8]
    assert reference in caplog.text
    assert "RuntimeError" in caplog.text
    assert "943" not in caplog.text
    assert "943" not in answer.text


def test_an_error_on_the_error_page_still_ends_well(
    manager: TestClient, workspace: FakeWorkspace, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken() -> object:
        raise RuntimeError

    monkeypatch.setattr(workspace, "place", broken)
    answer = manager.get("/")
    assert answer.status_code == 500
    assert "Reference" in answer.text


def test_a_short_secret_is_refused() -> None:
    with pytest.raises(UsageError, match="session cookies need 32"):
        create_app(FakeWorkspace(), secret=b"short")
