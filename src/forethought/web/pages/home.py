"""The home page by role, and the lists of the three rooms."""

from __future__ import annotations

from fastapi import APIRouter
from starlette.responses import Response

from forethought.web.interface import Room
from forethought.web.layout import figures
from forethought.web.site import CurrentSite, Visitor, page

router = APIRouter()

NUMBERS = ("no", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine")
ROOMS: dict[Room, tuple[str, str]] = {
    "plan": ("Plan", "What demand, work and cost the coming years bring, and how sure we are."),
    "prioritise": ("Prioritise", "Whom and where to look at first, and what that leaves waiting."),
    "predict": ("Predict", "Who may need more support, and what an action would change."),
}


@router.get("/")
def home(site: CurrentSite, visitor: Visitor) -> Response:
    """What this person came for."""
    view = site.workspace.home(visitor.username)
    return page(
        site,
        "home.html",
        title="Home",
        visitor=visitor,
        active="home",
        view=view,
        figures=figures(view.figures),
        questions_heading=questions_heading(len(view.figures)),
    )


def questions_heading(count: int) -> str:
    """The heading over the answers: Your three questions."""
    if count == 1:
        return "Your question"
    number = NUMBERS[count] if count < len(NUMBERS) else str(count)
    return f"Your {number} questions"


def _room(site: CurrentSite, visitor: Visitor, name: Room) -> Response:
    title, lead = ROOMS[name]
    return page(
        site,
        "room.html",
        title=title,
        visitor=visitor,
        active=name,
        heading=title,
        lead=lead,
        entries=site.workspace.insights(visitor.username, name),
    )


@router.get("/plan")
def plan(site: CurrentSite, visitor: Visitor) -> Response:
    """Insights of the plan room."""
    return _room(site, visitor, "plan")


@router.get("/prioritise")
def prioritise(site: CurrentSite, visitor: Visitor) -> Response:
    """Insights of the prioritise room."""
    return _room(site, visitor, "prioritise")


@router.get("/predict")
def predict(site: CurrentSite, visitor: Visitor) -> Response:
    """Insights of the predict room."""
    return _room(site, visitor, "predict")
