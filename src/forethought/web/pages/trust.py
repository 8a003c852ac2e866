"""Who shares what for which purpose, and what was read."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Query
from starlette.responses import Response

from forethought.web.site import CurrentSite, Visitor, page
from forethought.web.tables import audit_entries

router = APIRouter(prefix="/trust")


@router.get("")
def trust(site: CurrentSite, visitor: Visitor) -> Response:
    """The agreements, and the way to the audit."""
    return page(
        site,
        "trust.html",
        title="Trust",
        visitor=visitor,
        active="trust",
        agreements=site.workspace.agreements(visitor.username),
        may_audit=site.workspace.may_audit(visitor.username),
    )


@router.get("/audit")
def audit(
    site: CurrentSite, visitor: Visitor, number: Annotated[int, Query(alias="page", ge=1)] = 1
) -> Response:
    """The audit chain, newest first."""
    view = site.workspace.audit(visitor.username, number)
    return page(
        site,
        "audit.html",
        title="Audit",
        visitor=visitor,
        active="trust",
        view=view,
        table=audit_entries(view),
        newer=f"/trust/audit?page={number - 1}" if number > 1 else "",
        older=f"/trust/audit?page={number + 1}" if number < view.pages else "",
        crumbs=(("Home", "/"), ("Trust", "/trust")),
    )
