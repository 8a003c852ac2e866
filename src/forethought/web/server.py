"""Start the server for a workspace."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from threading import Thread

from forethought.web.live import LiveWorkspace
from forethought.workspace.warming import warm_what_ifs


def serve(workspace: Path, *, host: str, port: int, say: Callable[[str], None]) -> None:
    """Serve the pages of a workspace until stopped.

    Args:
        workspace: Folder of the workspace.
        host: Address to listen on; the loopback unless a proxy with https stands before it.
        port: Port.
        say: Called with the address.

    Raises:
        NotFound: The folder is no workspace.
        StoreError: The key or the store is missing.
    """
    from forethought.web.app import serve as serve_site

    live = LiveWorkspace(workspace)

    def started() -> None:
        say(f"Forethought is at http://{host}:{port}/ (stop with Ctrl+C)")
        Thread(
            target=warm_what_ifs, args=(workspace,), name="forethought-warm", daemon=True
        ).start()

    settings = live.wiring.settings.web
    serve_site(
        live,
        host,
        port,
        secret=live.wiring.keys.sub_key("sessions"),
        https=settings.https,
        idle_minutes=settings.idle_minutes,
        started=started,
    )
