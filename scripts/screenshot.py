"""Take the README's picture: the demand page of a demonstration workspace, in Chromium."""

from __future__ import annotations

import shutil
import socket
import sys
import threading
import time
from pathlib import Path

CHECKOUT = Path(__file__).resolve().parent.parent
PICTURE = CHECKOUT / "docs" / "pictures" / "demand.png"
FLAGS = (
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
)
WAIT_SECONDS = 30


def main(workspace: Path) -> None:
    """Serve the workspace, sign in, take the picture."""
    import uvicorn
    from playwright.sync_api import sync_playwright

    from forethought.web.app import create_app
    from forethought.web.live import LiveWorkspace

    chromium = shutil.which("chromium")
    if chromium is None:
        sys.exit("Chromium is needed: apt install chromium")
    live = LiveWorkspace(workspace)
    app = create_app(live, secret=live.wiring.keys.sub_key("sessions"))
    listening = socket.socket()
    listening.bind(("127.0.0.1", 0))
    server = uvicorn.Server(uvicorn.Config(app, log_level="warning"))
    threading.Thread(target=server.run, kwargs={"sockets": [listening]}, daemon=True).start()
    until = time.monotonic() + WAIT_SECONDS
    while not server.started and time.monotonic() < until:
        time.sleep(0.05)
    address = f"http://127.0.0.1:{listening.getsockname()[1]}"
    lines = (workspace / "demo-passwords.txt").read_text(encoding="utf-8").splitlines()
    passwords = dict(line.split(" ") for line in lines)
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=chromium, args=list(FLAGS))
        page = browser.new_page(viewport={"width": 1280, "height": 1150})
        page.goto(f"{address}/sign-in")
        page.get_by_label("User name").fill("priya.nair")
        page.get_by_label("Password", exact=True).fill(passwords["priya.nair"])
        page.get_by_role("button", name="Sign in").click()
        page.goto(f"{address}/insights/demand")
        PICTURE.parent.mkdir(parents=True, exist_ok=True)
        page.screenshot(path=PICTURE)
        browser.close()
    server.should_exit = True
    print(f"Wrote {PICTURE.relative_to(CHECKOUT)}")


if __name__ == "__main__":
    main(Path(sys.argv[1] if len(sys.argv) > 1 else "my-county"))
