"""The site: every page over one workspace."""

from __future__ import annotations

import secrets
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING

from fastapi import FastAPI
from starlette.middleware.gzip import GZipMiddleware
from starlette.responses import Response
from starlette.staticfiles import StaticFiles

from forethought.errors import UsageError
from forethought.web.interface import WebWorkspace
from forethought.web.pages import api, data, errors, home, insights, public, runs, sign_in, trust
from forethought.web.security import Faults, SameOrigin, SecurityHeaders, content_policy
from forethought.web.sessions import Sessions
from forethought.web.site import Site
from forethought.web.templating import (
    BUILT,
    inline_script_hash,
    make_environment,
    read_manifest,
    warm,
)

if TYPE_CHECKING:
    import socket

IMMUTABLE = "public, max-age=31536000, immutable"
GZIP_FROM_BYTES = 1000
ROUTERS = (home, insights, runs, data, trust, public, sign_in, api)


class BuiltFiles(StaticFiles):
    """Assets named by their content: a browser keeps them for ever."""

    def file_response(self, *args: object, **kwargs: object) -> Response:
        """The file, with its age."""
        response: Response = super().file_response(*args, **kwargs)  # type: ignore[arg-type]
        response.headers["cache-control"] = IMMUTABLE
        return response


def create_app(
    workspace: WebWorkspace, *, secret: bytes, https: bool = False, idle_minutes: float = 15
) -> FastAPI:
    """The site over a workspace, as an ASGI application.

    Args:
        workspace: The one door to data, insights and decisions.
        secret: Key that signs session cookies, 32 bytes or more; the same in every process.
        https: Whether the site is reached by https: secure cookies and HSTS.
        idle_minutes: A session ends after this long without a request.

    Raises:
        UsageError: The assets are not built, or the secret is too short.
    """
    shortest = 32
    if len(secret) < shortest:
        raise UsageError(
            f"The secret has {len(secret)} bytes; session cookies need {shortest} or more.",
            remedy="Pass secrets.token_bytes(32), kept outside the workspace.",
        )
    templates = make_environment(read_manifest())

    @asynccontextmanager
    async def lifespan(_app: FastAPI) -> AsyncIterator[None]:
        warm(templates)
        yield

    app = FastAPI(docs_url=None, redoc_url=None, openapi_url=None, lifespan=lifespan)
    sessions = Sessions(secret, workspace.sessions(), idle_minutes=idle_minutes)
    app.state.site = Site(workspace, sessions, templates, https)
    for room in ROUTERS:
        app.include_router(room.router)
    app.mount("/static", BuiltFiles(directory=BUILT), name="static")
    errors.install(app)
    app.add_middleware(Faults, answer=errors.fault)
    app.add_middleware(SameOrigin, refuse=errors.other_site)
    app.add_middleware(GZipMiddleware, minimum_size=GZIP_FROM_BYTES)
    policy = content_policy(inline_script_hash(templates))
    app.add_middleware(SecurityHeaders, policy=policy, https=https)
    return app


def serve(
    workspace: WebWorkspace,
    host: str = "127.0.0.1",
    port: int = 8000,
    *,
    secret: bytes | None = None,
    https: bool = False,
    idle_minutes: float = 15,
    started: Callable[[], None] | None = None,
) -> None:
    """Serve the site until it is stopped.

    Args:
        workspace: The one door to data, insights and decisions.
        host: Address to listen on.
        port: Port to listen on.
        secret: Key that signs session cookies; None makes one for this run, which ends with it.
        https: Whether a proxy in front serves it by https.
        idle_minutes: A session ends after this long without a request.
        started: Called once the address answers.
    """
    import uvicorn

    class Server(uvicorn.Server):
        async def startup(self, sockets: list[socket.socket] | None = None) -> None:
            await super().startup(sockets)
            if started is not None and self.started:
                started()

    app = create_app(
        workspace,
        secret=secret or secrets.token_bytes(32),
        https=https,
        idle_minutes=idle_minutes,
    )
    config = uvicorn.Config(
        app, host=host, port=port, server_header=False, access_log=False, log_level="warning"
    )
    Server(config).run()
