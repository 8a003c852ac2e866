"""Signing in and out with a local account."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Form, Request
from starlette.responses import RedirectResponse, Response

from forethought.errors import AccessDenied
from forethought.web import links
from forethought.web.site import AnyVisitor, CurrentSite, Site, page

router = APIRouter()
SEE_OTHER = 303


@router.get("/sign-in")
def ask(site: CurrentSite, visitor: AnyVisitor, then: str = "/") -> Response:
    """The form; whoever is signed in already goes on."""
    if visitor is not None:
        return RedirectResponse(links.local(then), SEE_OTHER)
    return _form(site, then)


@router.post("/sign-in")
def sign_in(
    request: Request,
    site: CurrentSite,
    username: Annotated[str, Form()] = "",
    password: Annotated[str, Form()] = "",
    then: Annotated[str, Form()] = "/",
) -> Response:
    """Check the account and open a session."""
    username = username.strip()
    missing = {
        "username": "" if username else "Enter your user name",
        "password": "" if password else "Enter your password",
    }
    errors = [(field, text) for field, text in missing.items() if text]
    if errors:
        return _form(site, then, username, errors, status=400)
    try:
        person = site.workspace.sign_in(username, password)
    except AccessDenied as refusal:
        words = " ".join(part for part in (refusal.what, refusal.remedy) if part)
        return _form(site, then, username, [("username", words)], status=refusal.http_status)
    site.sessions.end(request.cookies.get(site.cookie, ""))
    answer = RedirectResponse(links.local(then), SEE_OTHER)
    answer.set_cookie(
        site.cookie,
        site.sessions.start(person.username),
        httponly=True,
        samesite="lax",
        secure=site.https,
        path="/",
    )
    return answer


@router.post("/sign-out")
def sign_out(request: Request, site: CurrentSite) -> Response:
    """End the session, here and in the browser."""
    site.sessions.end(request.cookies.get(site.cookie, ""))
    answer = RedirectResponse("/sign-in", SEE_OTHER)
    answer.delete_cookie(site.cookie, path="/", secure=site.https, httponly=True, samesite="lax")
    return answer


def _form(
    site: Site,
    then: str,
    username: str = "",
    errors: list[tuple[str, str]] | None = None,
    status: int = 200,
) -> Response:
    return page(
        site,
        "sign-in.html",
        title="Error: Sign in" if errors else "Sign in",
        visitor=None,
        status=status,
        then=links.local(then),
        username=username,
        errors=errors or [],
    )
