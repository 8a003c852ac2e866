"""The page of an insight, the same for every kind."""

from __future__ import annotations

from fastapi import APIRouter, Request
from starlette.responses import Response

from forethought.errors import UsageError
from forethought.web.interface import InsightPage
from forethought.web.layout import InsightView, arrange
from forethought.web.site import CurrentSite, Visitor, page

router = APIRouter()

STATUS = {"not_permitted": 403}
ROOM_TITLES = {"plan": "Plan", "prioritise": "Prioritise", "predict": "Predict"}


@router.get("/insights/{insight_id}")
def insight(request: Request, site: CurrentSite, visitor: Visitor, insight_id: str) -> Response:
    """An insight; the address keeps the answers of its form."""
    view = dict(request.query_params)
    whole = view.pop("rows", "") == "all"
    errors: list[tuple[str, str]] = []
    try:
        found = site.workspace.page(visitor.username, insight_id, view)
    except UsageError as refusal:
        if not view:
            raise
        found = site.workspace.page(visitor.username, insight_id, {})
        words = " ".join(part for part in (refusal.what, refusal.remedy) if part)
        errors.append((field_of(found, refusal.where), words))
    return page(
        site,
        "insight.html",
        title=("Error: " if errors else "") + found.title,
        visitor=visitor,
        active=found.room,
        status=400 if errors else STATUS.get(found.state, 200),
        view=arrange(found, whole=whole),
        crumbs=(("Home", "/"), (ROOM_TITLES[found.room], f"/{found.room}")),
        errors=errors,
    )


def field_of(found: InsightPage, where: str) -> str:
    """The form's field that an error is about, or the form itself."""
    arranged: InsightView = arrange(found)
    names = [choice.name for choice in arranged.form.choices] if arranged.form else []
    return f"choice-{where}" if where in names else "choices"
