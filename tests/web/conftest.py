"""One site, one server and one browser for all tests of the pages."""

from __future__ import annotations

import os
import shutil
import socket
import subprocess
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from starlette.testclient import TestClient
from tests.web.fake import PASSWORD, FakeWorkspace

from forethought.web.app import create_app
from forethought.web.templating import BUILT

if TYPE_CHECKING:
    from fastapi import FastAPI
    from playwright.sync_api import Browser, Page, StorageState

CHECKOUT = Path(__file__).resolve().parents[2]
SECRET = b"only for tests, never elsewhere."
BROWSER_FLAGS = (
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
)


@pytest.fixture(scope="session")
def assets() -> Path:
    """The folder of built assets; built here where `make test` did not."""
    if not (BUILT / "manifest.json").is_file():
        subprocess.run(["bash", str(CHECKOUT / "scripts" / "assets")], check=True)
    return BUILT


@pytest.fixture
def workspace() -> FakeWorkspace:
    """A workspace of invented figures."""
    return FakeWorkspace()


@pytest.fixture
def app(workspace: FakeWorkspace, assets: Path) -> FastAPI:
    """The site over it."""
    return create_app(workspace, secret=SECRET)


@pytest.fixture
def visitor(app: FastAPI) -> TestClient:
    """A client that is not signed in and follows no redirect."""
    return TestClient(app, follow_redirects=False, base_url="http://site.example")


@pytest.fixture
def manager(visitor: TestClient) -> TestClient:
    """A client signed in as a service manager."""
    visitor.post("/sign-in", data={"username": "manager", "password": PASSWORD})
    return visitor


@pytest.fixture
def governance(visitor: TestClient) -> TestClient:
    """A client signed in as the information governance lead."""
    visitor.post("/sign-in", data={"username": "governance", "password": PASSWORD})
    return visitor


@pytest.fixture(scope="session")
def server(assets: Path) -> Iterator[str]:
    """Address of a running site."""
    import uvicorn

    app = create_app(FakeWorkspace(), secret=SECRET, idle_minutes=60)
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        listener.listen()  # a browser that comes early waits in the queue
        config = uvicorn.Config(app, log_level="error", access_log=False)
        running = uvicorn.Server(config)
        thread = threading.Thread(target=running.run, kwargs={"sockets": [listener]}, daemon=True)
        thread.start()
        yield f"http://127.0.0.1:{listener.getsockname()[1]}"
        running.should_exit = True
        thread.join(timeout=5)


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    """Chromium, or a skip where the machine has none."""
    from playwright.sync_api import sync_playwright

    path = os.environ.get("FORETHOUGHT_CHROMIUM") or shutil.which("chromium")
    if path is None:
        pytest.skip("Chromium is not on this machine (apt install chromium)")
    with sync_playwright() as playwright:
        chromium = playwright.chromium.launch(executable_path=path, args=list(BROWSER_FLAGS))
        yield chromium
        chromium.close()


@pytest.fixture(scope="session")
def session(browser: Browser, server: str) -> StorageState:
    """The cookie of the information governance lead, signed in once by the form."""
    context = browser.new_context(base_url=server)
    tab = context.new_page()
    tab.goto("/sign-in")
    tab.get_by_label("User name").fill("governance")
    tab.get_by_label("Password").fill(PASSWORD)
    tab.get_by_role("button", name="Sign in").click()
    tab.wait_for_url("**/")
    state = context.storage_state()
    context.close()
    return state


@pytest.fixture
def page(browser: Browser, server: str, session: StorageState) -> Iterator[Page]:
    """A fresh signed-in page at desktop width."""
    context = browser.new_context(base_url=server, storage_state=session)
    yield context.new_page()
    context.close()


@pytest.fixture
def form(browser: Browser, server: str) -> Iterator[Page]:
    """The sign-in form in a fresh browser at desktop width."""
    context = browser.new_context(base_url=server)
    tab = context.new_page()
    tab.goto("/sign-in")
    yield tab
    context.close()
