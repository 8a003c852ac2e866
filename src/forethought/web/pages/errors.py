"""Errors as pages in the same look, and as JSON under /api: what, where, remedy."""

from __future__ import annotations

from urllib.parse import urlencode

from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from starlette.concurrency import run_in_threadpool
from starlette.exceptions import HTTPException
from starlette.responses import JSONResponse, RedirectResponse, Response

from forethought.errors import (
    SHOWN_PROBLEMS,
    AccessDenied,
    ForethoughtError,
    NotFound,
    UsageError,
)
from forethought.web.site import SignInNeeded, page, site_of, visitor_of

SEE_OTHER = 303
UNAUTHORISED = 401
STOP_POLLING = 286
TITLES = {
    400: "This address asks for something that does not exist",
    403: "You cannot see this",
    404: "Page not found",
    405: "This page takes no such request",
    422: "Something in the workspace is wrong",
    503: "The data cannot be opened just now",
}
FAULT = "Something broke on our side"


def install(app: FastAPI) -> None:
    """Answer every error of the app in one way."""
    app.add_exception_handler(ForethoughtError, _known)
    app.add_exception_handler(SignInNeeded, _sign_in)
    app.add_exception_handler(HTTPException, _http)
    app.add_exception_handler(RequestValidationError, _request)


def show(request: Request, error: ForethoughtError, status: int) -> Response:
    """An error as the reader's medium shows it."""
    if request.url.path.startswith("/api"):
        return JSONResponse(error.as_json(), status_code=status)
    title = TITLES.get(status, FAULT)
    return page(
        site_of(request),
        "error.html",
        title=title,
        visitor=visitor_of(request),
        status=status,
        heading=title,
        error=error,
        problems=error.problems[:SHOWN_PROBLEMS],
        unshown=max(0, len(error.problems) - SHOWN_PROBLEMS),
    )


async def _known(request: Request, error: Exception) -> Response:
    if not isinstance(error, ForethoughtError):  # registered for nothing else
        raise error
    return await run_in_threadpool(show, request, error, error.http_status)


async def _sign_in(request: Request, _error: Exception) -> Response:
    if request.url.path.startswith("/api"):
        refusal = AccessDenied("Nobody is signed in.", remedy="Sign in first.")
        return JSONResponse(refusal.as_json(), status_code=UNAUTHORISED)
    if request.headers.get("hx-request"):  # a page asks for more detail: it stays as it is
        return Response(status_code=STOP_POLLING, headers={"hx-reswap": "none"})
    then = request.url.path + (f"?{request.url.query}" if request.url.query else "")
    query = "" if then == "/" else "?" + urlencode({"then": then})
    return RedirectResponse(f"/sign-in{query}", SEE_OTHER)


async def _http(request: Request, error: Exception) -> Response:
    status = error.status_code if isinstance(error, HTTPException) else 500
    words = {
        404: NotFound(
            "There is no page at this address.",
            remedy="Check the address, or start from the home page.",
        ),
        405: UsageError("This address answers no request of that kind."),
    }
    refusal = words.get(status, UsageError("The request could not be answered."))
    return await run_in_threadpool(show, request, refusal, status)


async def _request(request: Request, error: Exception) -> Response:
    fields: set[str] = set()
    if isinstance(error, RequestValidationError):
        fields = {str(part["loc"][-1]) for part in error.errors()}
    refusal = UsageError(
        "The address holds a value that this page cannot use.",
        where=", ".join(sorted(fields)),
        remedy="Go back and choose from what the page offers.",
    )
    return await run_in_threadpool(show, request, refusal, refusal.http_status)


async def fault(request: Request, reference: str) -> Response:
    """The page after an unexpected error; the log has the same reference."""
    error = ForethoughtError(
        "The page could not be made. Nothing you entered was wrong, and nothing was lost.",
        where=f"reference {reference}",
        remedy="Try again; if it happens twice, tell the analytics team this reference.",
    )
    if request.url.path.startswith("/api"):
        return JSONResponse(error.as_json(), status_code=500)
    return await run_in_threadpool(show, request, error, 500)


def other_site(request: Request) -> Response:
    """The refusal of a request that another site sent."""
    refusal = AccessDenied(
        "Another site sent this request.",
        remedy="Open the page here and send the form again.",
    )
    if request.url.path.startswith("/api"):
        return JSONResponse(refusal.as_json(), status_code=refusal.http_status)
    return Response(str(refusal), status_code=refusal.http_status, media_type="text/plain")
