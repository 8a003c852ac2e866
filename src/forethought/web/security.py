"""What stands around every page: headers, the same-origin rule, and an end for every fault.

The same-origin rule needs no token (the idea is Datasette's): a browser says where an unsafe
request comes from, and a page of another site cannot say otherwise.
"""

from __future__ import annotations

import logging
import secrets
import traceback
from collections.abc import Awaitable, Callable
from urllib.parse import urlsplit

from starlette.datastructures import Headers, MutableHeaders
from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

log = logging.getLogger("forethought.web")

SAFE_METHODS = frozenset({"GET", "HEAD", "OPTIONS"})
SECONDS_A_YEAR = 31_536_000


def content_policy(script_hash: str) -> str:
    """The content security policy; `script_hash` allows the one line inside the template."""
    return "; ".join(
        (
            "default-src 'self'",
            f"script-src 'self' '{script_hash}'",
            "style-src 'self'",
            "img-src 'self' data:",
            "object-src 'none'",
            "base-uri 'none'",
            "frame-ancestors 'none'",
            "form-action 'self'",
        )
    )


class SecurityHeaders:
    """Adds the headers that every answer carries.

    Pages are kept by no cache: the next person at this computer must not find them.

    Args:
        app: The application.
        policy: The content security policy.
        https: Whether the site is reached by https (adds HSTS).
    """

    def __init__(self, app: ASGIApp, *, policy: str, https: bool) -> None:
        self.app = app
        self.headers = {
            "content-security-policy": policy,
            "cross-origin-opener-policy": "same-origin",
            "cross-origin-resource-policy": "same-origin",
            "permissions-policy": "camera=(), geolocation=(), microphone=()",
            "referrer-policy": "same-origin",
            "x-content-type-options": "nosniff",
            "x-frame-options": "DENY",
        }
        if https:
            self.headers["strict-transport-security"] = f"max-age={SECONDS_A_YEAR}"

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass the request on and the answer back, with headers."""
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return

        async def send_with_headers(message: Message) -> None:
            if message["type"] == "http.response.start":
                headers = MutableHeaders(scope=message)
                for name, value in self.headers.items():
                    headers[name] = value
                headers.setdefault("cache-control", "no-store")
            await send(message)

        await self.app(scope, receive, send_with_headers)


class SameOrigin:
    """Refuses an unsafe request that another site sent.

    Args:
        app: The application.
        refuse: Makes the answer.
    """

    def __init__(self, app: ASGIApp, *, refuse: Callable[[Request], Response]) -> None:
        self.app = app
        self.refuse = refuse

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass the request on, or answer with a refusal."""
        if scope["type"] == "http" and not comes_from_here(scope["method"], Headers(scope=scope)):
            await self.refuse(Request(scope))(scope, receive, send)
            return
        await self.app(scope, receive, send)


def comes_from_here(method: str, headers: Headers) -> bool:
    """Whether a request may change something."""
    if method in SAFE_METHODS:
        return True
    site = headers.get("sec-fetch-site")
    if site is not None:  # every browser since 2023 sends it, and no page can forge it
        return site in {"same-origin", "none"}
    origin = headers.get("origin")
    if origin is not None:  # older browsers
        return urlsplit(origin).netloc == headers.get("host")
    return True  # no browser sent it, so no browser's cookie is abused


class Faults:
    """The last stop of an unexpected error: a page that gives a reference, a log that tells where.

    The error's own text is not logged: it may quote a row.

    Args:
        app: The application.
        answer: Makes the page from the reference.
    """

    def __init__(
        self, app: ASGIApp, *, answer: Callable[[Request, str], Awaitable[Response]]
    ) -> None:
        self.app = app
        self.answer = answer

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass the request on; answer in the application's place when it breaks."""
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        started = False

        async def send_and_note(message: Message) -> None:
            nonlocal started
            started = started or message["type"] == "http.response.start"
            await send(message)

        try:
            await self.app(scope, receive, send_and_note)
        except Exception as error:  # noqa: BLE001 - the last stop
            reference = secrets.token_hex(4)
            frames = traceback.extract_tb(error.__traceback__)[-5:]
            places = " > ".join(f"{frame.filename}:{frame.lineno}" for frame in frames)
            log.error("fault %s: %s at %s", reference, type(error).__name__, places)  # noqa: TRY400
            if not started:
                response = await self._answer(Request(scope), reference)
                await response(scope, receive, send)

    async def _answer(self, request: Request, reference: str) -> Response:
        try:
            return await self.answer(request, reference)
        except Exception:  # noqa: BLE001 - what broke may be what the page itself needs
            text = f"Something broke on our side. Reference {reference}."
            return PlainTextResponse(text, status_code=500)
