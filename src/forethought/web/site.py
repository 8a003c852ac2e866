"""What handlers share: the site's parts, the signed-in visitor, a rendered page."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Annotated, Any

from fastapi import Depends, Request
from jinja2 import Environment
from starlette.responses import HTMLResponse

from forethought.errors import NotFound
from forethought.web.interface import PersonView, WebWorkspace
from forethought.web.sessions import Sessions
from forethought.web.templating import render

NAVIGATION = (
    ("home", "Home", "/"),
    ("plan", "Plan", "/plan"),
    ("prioritise", "Prioritise", "/prioritise"),
    ("predict", "Predict", "/predict"),
    ("data", "Data", "/data"),
    ("trust", "Trust", "/trust"),
)


@dataclass(frozen=True, eq=False)
class Site:
    """The parts of one running site."""

    workspace: WebWorkspace
    sessions: Sessions
    templates: Environment
    https: bool

    @property
    def cookie(self) -> str:
        """The session cookie's name; the prefix ties it to this host where there is https."""
        return "__Host-forethought" if self.https else "forethought"


class SignInNeeded(Exception):
    """Nobody is signed in, or the session has ended."""


def site_of(request: Request) -> Site:
    """The site that a request came to."""
    site: Site = request.app.state.site
    return site


def visitor_of(request: Request) -> PersonView | None:
    """Who is signed in, if anyone is."""
    site = site_of(request)
    token = request.cookies.get(site.cookie, "")
    username = site.sessions.find(token)
    if username is None:
        return None
    try:
        return site.workspace.person(username)
    except NotFound:  # the account was closed meanwhile
        site.sessions.end_all(username)
        return None


def signed_in(request: Request) -> PersonView:
    """Who is signed in.

    Raises:
        SignInNeeded: Nobody is.
    """
    visitor = visitor_of(request)
    if visitor is None:
        raise SignInNeeded
    return visitor


CurrentSite = Annotated[Site, Depends(site_of)]
Visitor = Annotated[PersonView, Depends(signed_in)]
AnyVisitor = Annotated[PersonView | None, Depends(visitor_of)]


def page(
    site: Site,
    template: str,
    *,
    title: str,
    visitor: PersonView | None,
    active: str = "",
    status: int = 200,
    **view: Any,
) -> HTMLResponse:
    """A page of the site.

    Args:
        site: The site.
        template: The page's template.
        title: What the page is, first in the browser's title.
        visitor: Who is signed in.
        active: The menu entry it belongs to.
        status: HTTP status.
        view: What the template places.
    """
    place = site.workspace.place()
    context = {
        "title": f"{title} - Forethought - {place.council}",
        "place": place,
        "visitor": visitor,
        "active": active,
        "navigation": NAVIGATION if visitor else (),
        **view,
    }
    return HTMLResponse(render(site.templates, template, context), status_code=status)


def partial(
    site: Site, template: str, status: int, view: Mapping[str, Any], *, swap: bool = True
) -> HTMLResponse:
    """A part of a page, for a script that puts it in the place of the old one.

    Args:
        site: The site.
        template: The part's template.
        status: HTTP status.
        view: What the template places.
        swap: Whether the part takes the old one's place; else only what names its own place does.
    """
    headers = {} if swap else {"hx-reswap": "none"}
    content = render(site.templates, template, view)
    return HTMLResponse(content, status_code=status, headers=headers)
