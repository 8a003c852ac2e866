"""The JSON API: the same answers with the same permission, for Excel, Power BI and scripts."""

from __future__ import annotations

from typing import Any

from fastapi import APIRouter, Request
from starlette.responses import JSONResponse, Response

from forethought.insights.blocks import to_json
from forethought.web.interface import Room
from forethought.web.pages.home import ROOMS
from forethought.web.site import CurrentSite, Visitor

router = APIRouter(prefix="/api")


@router.get("/insights")
def insights(site: CurrentSite, visitor: Visitor) -> Response:
    """The insights that the person may know of."""
    rooms: tuple[Room, ...] = tuple(ROOMS)
    found = [
        {**vars(entry), "room": room}
        for room in rooms
        for entry in site.workspace.insights(visitor.username, room)
    ]
    return JSONResponse({"insights": found})


@router.get("/insights/{insight_id}")
def insight(request: Request, site: CurrentSite, visitor: Visitor, insight_id: str) -> Response:
    """An insight's blocks; the query holds the choices of its form."""
    found = site.workspace.page(visitor.username, insight_id, dict(request.query_params))
    status = 403 if found.state == "not_permitted" else 200
    answer: dict[str, Any] = {
        "id": found.id,
        "title": found.title,
        "question": found.question,
        "state": found.state,
        "why": f"{found.box.title}. {found.box.why}" if found.box else "",
        "run": found.run_id,
        "data_to": found.data_to,
        "quality": found.quality,
        "view": dict(found.view),
        "blocks": [to_json(block) for block in found.blocks],
    }
    return JSONResponse(answer, status_code=status)
