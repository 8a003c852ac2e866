"""The data catalogue and the page of a dataset."""

from __future__ import annotations

from fastapi import APIRouter
from starlette.responses import Response

from forethought.web import tables
from forethought.web.site import CurrentSite, Visitor, page

router = APIRouter(prefix="/data")


@router.get("")
def catalogue(site: CurrentSite, visitor: Visitor) -> Response:
    """Every dataset with owner and quality."""
    return page(
        site,
        "catalogue.html",
        title="Data catalogue",
        visitor=visitor,
        active="data",
        table=tables.catalogue(site.workspace.datasets(visitor.username)),
    )


@router.get("/{name}")
def dataset(site: CurrentSite, visitor: Visitor, name: str) -> Response:
    """One dataset."""
    view = site.workspace.dataset(visitor.username, name)
    return page(
        site,
        "dataset.html",
        title=view.title,
        visitor=visitor,
        active="data",
        view=view,
        tables=[t for t in (tables.versions(view), tables.set_aside(view)) if t.rows],
        crumbs=(("Home", "/"), ("Data", "/data")),
    )
