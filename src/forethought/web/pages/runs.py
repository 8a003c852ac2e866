"""What belongs to one run: its receipt, its drawings, its files."""

from __future__ import annotations

import json
from urllib.parse import quote

from fastapi import APIRouter, Request
from starlette.responses import Response

from forethought.web.interface import Size
from forethought.web.site import CurrentSite, Visitor, page
from forethought.web.tables import checks_made, data_read, settings_used

router = APIRouter(prefix="/runs/{run_id}")

FOREVER = "private, max-age=31536000, immutable"


@router.get("")
def receipt(site: CurrentSite, visitor: Visitor, run_id: str) -> Response:
    """How the run was made."""
    view = site.workspace.receipt(visitor.username, run_id)
    return page(
        site,
        "receipt.html",
        title=f"Receipt of run {view.run_label}",
        visitor=visitor,
        active="trust",
        view=view,
        tables=(data_read(view), checks_made(view)),
        settings=(settings_used(view),) if view.settings else (),
        crumbs=(("Home", "/"), ("Trust", "/trust")),
    )


@router.get("/receipt.json")
def receipt_json(site: CurrentSite, visitor: Visitor, run_id: str) -> Response:
    """The receipt itself."""
    view = site.workspace.receipt(visitor.username, run_id)
    text = json.dumps(view.raw, indent=2, ensure_ascii=False)
    return Response(text, media_type="application/json")


@router.get("/charts/{name}/{size}.svg")
def chart(
    request: Request,
    site: CurrentSite,
    visitor: Visitor,
    run_id: str,
    name: str,
    size: Size,
) -> Response:
    """A drawing; a run never changes, so a browser may keep it."""
    view = dict(request.query_params)
    drawing = site.workspace.chart(visitor.username, run_id, name, size=size, view=view)
    headers = {"cache-control": FOREVER}
    return Response(drawing, media_type="image/svg+xml", headers=headers)


@router.get("/download.{file_format}")
def download(
    request: Request, site: CurrentSite, visitor: Visitor, run_id: str, file_format: str
) -> Response:
    """The run's tables as a file."""
    view = dict(request.query_params)
    export = site.workspace.export(visitor.username, run_id, view, file_format)
    disposition = f"attachment; filename*=UTF-8''{quote(export.filename)}"
    return Response(
        export.content,
        media_type=export.media_type,
        headers={"content-disposition": disposition},
    )
