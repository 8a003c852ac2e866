"""The page of an insight, the same for every kind."""

from __future__ import annotations

from fastapi import APIRouter, Request
from starlette.responses import Response

from forethought.errors import Problem, UsageError
from forethought.web.interface import InsightPage
from forethought.web.layout import arrange
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
    typed: dict[str, str] | None = None
    try:
        found = site.workspace.page(visitor.username, insight_id, view)
    except UsageError as refusal:
        if not view:
            raise
        found = site.workspace.page(visitor.username, insight_id, {})
        errors, typed = errors_of(found, refusal), view
    return page(
        site,
        "insight.html",
        title=("Error: " if errors else "") + found.title,
        visitor=visitor,
        active=found.room,
        status=400 if errors else STATUS.get(found.state, 200),
        view=arrange(found, whole=whole, typed=typed),
        crumbs=(("Home", "/"), (ROOM_TITLES[found.room], f"/{found.room}")),
        errors=errors,
    )


def errors_of(found: InsightPage, refusal: UsageError) -> list[tuple[str, str]]:
    """Field and words of everything that was refused, in the order of the fields."""
    problems = refusal.problems or (Problem(refusal.what, refusal.where, refusal.remedy),)
    fields = [field for form in arrange(found).forms for field in form.fields]
    places = {field.name: field.id for field in fields}
    order = {field.name: n for n, field in enumerate(fields)}
    return [
        (places.get(p.where, "choices"), " ".join(part for part in (p.what, p.remedy) if part))
        for p in sorted(problems, key=lambda p: order.get(p.where, len(order)))
    ]
