"""The page of an insight, the same for every kind."""

from __future__ import annotations

from fastapi import APIRouter, Request
from fastapi.concurrency import run_in_threadpool
from starlette.responses import RedirectResponse, Response

from forethought.errors import NotFound, Problem, UsageError
from forethought.insights.blocks import Respond
from forethought.web import links
from forethought.web.forms import respond_place
from forethought.web.interface import InsightPage, PersonView
from forethought.web.layout import ADDED, GIVEN_UP, NEWER, InsightView, arrange, finer_part
from forethought.web.site import CurrentSite, Site, Visitor, page, partial

router = APIRouter()

SEE_OTHER, NO_CONTENT = 303, 204
STOP_POLLING = 286
"""What tells htmx to ask no more."""
ANSWER = "blocks/finer-answer.html"
KEEP_FIELD = "scenario_name"
REASON_FIELD = "reason"
ANSWERED = "answered"
"""What an address says of the signal that was answered just now."""
STATUS = {"not_permitted": 403}
ROOM_TITLES = {"plan": "Plan", "prioritise": "Prioritise", "predict": "Predict"}


@router.get("/insights/{insight_id}")
def insight(request: Request, site: CurrentSite, visitor: Visitor, insight_id: str) -> Response:
    """An insight; the address keeps the answers of its form."""
    view = dict(request.query_params)
    whole = view.pop("rows", "") == "all"
    answered = view.pop(ANSWERED, "")
    errors: list[tuple[str, str]] = []
    typed: dict[str, str] | None = None
    try:
        found = site.workspace.page(visitor.username, insight_id, view)
    except UsageError as refusal:
        if not view:
            raise
        found = site.workspace.page(visitor.username, insight_id, {})
        errors, typed = errors_of(found, refusal), view
    status = 400 if errors else STATUS.get(found.state, 200)
    view_of = arrange(found, whole=whole, typed=typed)
    told = notice(found, answered)
    return _shown(site, visitor, found, view_of, errors, status, told)


def _shown(
    site: Site,
    visitor: PersonView,
    found: InsightPage,
    view: InsightView,
    errors: list[tuple[str, str]],
    status: int,
    told: str = "",
) -> Response:
    return page(
        site,
        "insight.html",
        title=("Error: " if errors else "") + found.title,
        visitor=visitor,
        active=found.room,
        status=status,
        view=view,
        told=told,
        crumbs=(("Home", "/"), (ROOM_TITLES[found.room], f"/{found.room}")),
        errors=errors,
    )


@router.get("/insights/{insight_id}/finer/{run_id}/{part}/{step}")
def finer(
    request: Request, site: CurrentSite, visitor: Visitor, insight_id: str, run_id: str,
    part: int, step: int,
) -> Response:  # fmt: skip
    """A part of a page in more detail than a step, where that is ready; else nothing yet."""
    view = dict(request.query_params)
    found = site.workspace.page(visitor.username, insight_id, view)
    place = f"finer-{part}"
    if found.run_id != run_id or found.refining is None:
        return partial(site, ANSWER, STOP_POLLING, {"id": place, "said": NEWER}, swap=False)
    refining = found.refining
    if refining.state == "working" and refining.step <= step:
        return Response(status_code=NO_CONTENT)
    own = finer_part(arrange(found), part)
    if own is None:
        raise NotFound("The page has no such part.", where=insight_id)
    said = {"working": own.said, "done": ADDED, "stopped": GIVEN_UP}[refining.state]
    return partial(site, ANSWER, 200, {"id": place, "said": said, "finer": own})


@router.post("/insights/{insight_id}/keep")
async def keep(request: Request, site: CurrentSite, visitor: Visitor, insight_id: str) -> Response:
    """Keep the what-if that a page shows as a scenario, and go back to it."""
    sent = {name: str(value) for name, value in (await request.form()).items()}
    run_id, name = sent.pop("run", ""), sent.pop("scenario_name", "")
    return await run_in_threadpool(_keep, site, visitor, insight_id, (run_id, name, sent))


def _keep(
    site: Site, visitor: PersonView, insight_id: str, sent: tuple[str, str, dict[str, str]]
) -> Response:
    run_id, name, view = sent
    try:
        site.workspace.keep(visitor.username, run_id, name, view)
    except UsageError as refusal:
        if refusal.where != KEEP_FIELD:
            raise
        found = site.workspace.page(visitor.username, insight_id, view)
        said = " ".join(part for part in (refusal.what, refusal.remedy) if part)
        return _shown(site, visitor, found, arrange(found), [("keep-name", said)], 400)
    return RedirectResponse(links.insight(insight_id, view), SEE_OTHER)


@router.post("/insights/{insight_id}/respond")
async def respond(
    request: Request, site: CurrentSite, visitor: Visitor, insight_id: str
) -> Response:
    """Answer a signal of the page, and go back to it."""
    sent = {name: str(value) for name, value in (await request.form()).items()}
    return await run_in_threadpool(_respond, site, visitor, insight_id, sent)


def _respond(site: Site, visitor: PersonView, insight_id: str, sent: dict[str, str]) -> Response:
    sent.pop("run", "")
    subject, state, reason = (sent.pop(name, "") for name in ("subject", "state", REASON_FIELD))
    try:
        site.workspace.respond(visitor.username, insight_id, subject, state, reason)
    except UsageError as refusal:
        if refusal.where != REASON_FIELD:
            raise
        found = site.workspace.page(visitor.username, insight_id, sent)
        said = " ".join(part for part in (refusal.what, refusal.remedy) if part)
        return _shown(site, visitor, found, arrange(found), [(respond_place(subject), said)], 400)
    return RedirectResponse(links.insight(insight_id, {**sent, ANSWERED: subject}), SEE_OTHER)


def notice(found: InsightPage, subject: str) -> str:
    """What stands on the page after an answer: the answer as it was kept."""
    for block in found.blocks:
        if isinstance(block, Respond) and block.subject == subject:
            return f"{block.label}: {block.state}"
    return ""


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
