"""A workspace that answers from invented, seeded figures, so that every page can be looked at."""

from __future__ import annotations

import random
from collections.abc import Mapping
from dataclasses import dataclass, replace

from tests.web import fake_data, fake_finer, fake_signals
from tests.web.drawings import county_map, fan
from tests.web.fake_blocks import SERVICES, blocks, chart, districts, number
from tests.web.fake_data import LABEL, RUN
from tests.web.fake_what_if import blocks as what_if
from tests.web.fake_what_if import heat

from forethought.errors import AccessDenied, NotFound, UsageError
from forethought.insights.blocks import Figure
from forethought.web.interface import (
    AgreementView,
    AuditEntry,
    AuditPage,
    Change,
    DatasetEntry,
    DatasetView,
    Decision,
    Download,
    Export,
    HomeFigure,
    HomeView,
    InsightEntry,
    InsightPage,
    PersonView,
    PlaceView,
    PublicUse,
    ReceiptView,
    Room,
    Row,
    Size,
    Span,
    State,
    StateBox,
    Target,
)

PASSWORD = "correct horse battery staple"  # noqa: S105 - of invented people
PEOPLE = {
    "manager": PersonView("manager", "Ada Brook", "service manager"),
    "governance": PersonView("governance", "Bel Carr", "information governance lead"),
    "worker": PersonView("worker", "Cy Dunn", "social worker"),
}


@dataclass(frozen=True)
class Kept:
    """A session as it is kept."""

    username: str
    started_at: float
    seen_at: float


class MemoryKeeper:
    """Keeps sessions for one test."""

    def __init__(self) -> None:
        self.held: dict[str, Kept] = {}

    def add(self, digest: str, username: str, at: float) -> None:
        self.held[digest] = Kept(username, at, at)

    def get(self, digest: str) -> Kept | None:
        return self.held.get(digest)

    def seen(self, digest: str, at: float) -> None:
        self.held[digest] = replace(self.held[digest], seen_at=at)

    def end(self, digest: str) -> None:
        self.held.pop(digest, None)

    def end_all(self, username: str) -> None:
        self.held = {key: kept for key, kept in self.held.items() if kept.username != username}

    def forget(self, *, started_before: float, seen_before: float) -> None:
        self.held = {
            key: kept
            for key, kept in self.held.items()
            if kept.started_at >= started_before and kept.seen_at >= seen_before
        }


class FakeWorkspace:
    """Five insights, one for each state, over invented data. Implements `WebWorkspace`."""

    def __init__(self, seed: int = 7) -> None:
        self.seed = seed
        self.attempts = 0
        self.closed: set[str] = set()
        self.kept = MemoryKeeper()
        self.looks: dict[str, int] = {}
        self.answers: dict[str, str] = {}
        self.scenarios: list[tuple[str, str, str, dict[str, str]]] = []

    def sessions(self) -> MemoryKeeper:
        return self.kept

    def _draw(self, part: str) -> random.Random:
        return random.Random(f"{self.seed}/{part}")  # noqa: S311 - pictures, not secrets

    def place(self) -> PlaceView:
        return PlaceView("Fenmere", "Fenmere County Council", True, "analytics@fenmere.example")

    def public_uses(self) -> tuple[PublicUse, ...]:
        return (
            PublicUse(
                "Social care records",
                "Fenmere County Council",
                "Planning services and budgets",
                "Public task; health or social care",
                "8 years",
            ),
            PublicUse(
                "Housing tenancies",
                "12 district councils",
                "Planning services and budgets",
                "Public task",
                "6 years",
            ),
        )

    def sign_in(self, username: str, password: str) -> PersonView:
        if self.attempts >= 20:
            raise AccessDenied(
                "Too many attempts with this user name.", remedy="Wait 15 minutes, then try again."
            )
        if password != PASSWORD or username not in PEOPLE:
            self.attempts += 1
            raise AccessDenied(
                "The user name or password is not right.", remedy="Check both and try again."
            )
        return self.person(username)

    def person(self, username: str) -> PersonView:
        if username not in PEOPLE or username in self.closed:
            raise NotFound("No such account.")
        return PEOPLE[username]

    def home(self, person: str) -> HomeView:
        if person == "worker":
            return HomeView(
                "Monday 2 March 2026",
                "Your work this week",
                "Nothing waits for you. **No insight** is meant for your role yet.",
            )
        draw = self._draw("home")
        questions = ("How many adults will we support?", "Will work keep up?", "What will it cost?")
        figures = tuple(
            HomeFigure(
                Figure(
                    question,
                    number(draw, 2000, 9000),
                    f"by March 2029. 8 in 10 chance: {number(draw, 1000, 2000)} to "
                    f"{number(draw, 9000, 9900)}.",
                    f"Up {number(draw, 10, 90)} since last month's run.",
                    chart(f"home-{i}", question, role="small"),
                ),
                "growth",
                RUN,
            )
            for i, question in enumerate(questions)
        )
        target = Target("insight", "growth")
        return HomeView(
            "Monday 2 March 2026",
            "Adult social care this week",
            "Demand runs **a little above** last year's forecast, and open work is steady. "
            "Nothing is outside its expected range.",
            (
                (Span("Data to 31 January 2026"),),
                (Span("9 of 9 datasets on time", Target("catalogue")),),
            ),
            (
                Decision(
                    "Agree the forecast as the base of next year's budget",
                    target,
                    "It expects more people than last year's forecast did.",
                    "By 13 March",
                    "Friday, with the finance partner",
                ),
            ),
            figures,
            "What changed since 16 February",
            (
                Change("27 February", (Span("Growth forecast", target), Span(" re-run."))),
                Change(
                    "20 February",
                    (
                        Span("Care events", Target("dataset", "events")),
                        Span(": late records arrived, and 12 rows that were set aside healed."),
                    ),
                ),
            ),
            signals=fake_signals.CAUSES,
            signals_words="2 signals up to January 2026: 1 new this month, 1 waiting for an "
            "answer.",
        )

    def insights(self, person: str, room: Room) -> tuple[InsightEntry, ...]:
        if room != "plan":
            return ()
        words = {
            "growth": "By March 2029 we expect **more adults** than today.",
            "waiting": "Not yet: it needs 24 months of data.",
            "running": "Running: about 40 seconds left.",
            "broken": "The last run stopped; the one before it is shown.",
            "closed": "Not for your role.",
        }
        return tuple(
            InsightEntry(key, page.title, page.question, words[key], page.state)
            for key in words
            if (page := self.page(person, key, {}))
        )

    def page(self, person: str, insight_id: str, view: Mapping[str, str]) -> InsightPage:
        states: dict[str, tuple[State, str, str, bool]] = {
            "waiting": ("none", "Waiting for data", "No forecast yet", False),
            "running": ("running", "A run under way", "Running: about 40 seconds left", False),
            "broken": (
                "failed",
                "A run that stopped",
                "The run stopped: 12 rows lack a date",
                True,
            ),
            "closed": ("not_permitted", "Somebody else's", "You cannot see these figures", True),
        }
        if insight_id == "growth":
            return self._growth(view)
        if insight_id == "staff":
            question = "How many staff do we need to bring the backlog down by 31 March?"
            return replace(
                self._growth({}),
                id="staff",
                title="Assessment service, what if",
                question=question,
                blocks=what_if(view),
                view=view,
            )
        if insight_id == "map":
            look = view.get("look", "")
            step = min(self.looks.get(look, 0), fake_finer.STEPS)
            self.looks[look] = step + 1
            return replace(
                self._growth({}),
                id="map",
                title="Chances, in more and more detail",
                question="How many staff bring the list down?",
                blocks=fake_finer.blocks(step),
                view=view,
                refining=fake_finer.refining(step),
            )
        if insight_id == "watch":
            return replace(
                self._growth({}),
                id="watch",
                title="Early-warning signals",
                question="What has changed beyond its ordinary variation?",
                blocks=fake_signals.blocks(self.answers, view.get("series", "reviews_done")),
                view=view,
            )
        if insight_id not in states:
            raise NotFound(f'There is no insight "{insight_id}".', remedy="See Plan for all.")
        state, title, words, stopped = states[insight_id]
        box = StateBox(
            words,
            "A forecast needs 24 months of data. There are 17."
            if not stopped
            else "Care events, version 4, file events.csv, first at row 107. The last good run "
            "is still shown.",
            (Span("See "), Span("the dataset", Target("dataset", "events")), Span(" for more.")),
            stopped,
        )
        base = replace(self._growth({}), id=insight_id, title=title, state=state, box=box)
        if state == "failed":
            return base
        return replace(base, blocks=(), made=(), downloads=(), run_id="", quality=None, data_to="")

    def _growth(self, view: Mapping[str, str]) -> InsightPage:
        choices = {"service": "all", "district": "all", **view}
        offered = {"service": dict(SERVICES), "district": dict(districts())}
        for name, value in choices.items():
            if value not in offered.get(name, {}):
                raise UsageError(
                    f'"{value}" is no choice here.', where=name, remedy="Choose one from the list."
                )
        return InsightPage(
            "growth",
            "Growth in care",
            "How many adults will need care at home or in a home over the next three years?",
            "plan",
            "ready",
            run_id=RUN,
            run_label=LABEL,
            data_to="31 January 2026",
            quality=94,
            next_run="10 March",
            blocks=blocks(choices),
            made=(
                Row(
                    "Data",
                    (
                        Span("Care events", Target("dataset", "events")),
                        Span(", version 4; "),
                        Span("population projections", Target("dataset", "events")),
                        Span(", version 2"),
                    ),
                ),
            ),
            downloads=(
                Download("Tables as CSV", "csv", "12 KB"),
                Download("Workbook (XLSX)", "xlsx", "34 KB, 3 sheets"),
            ),
            view=view,
        )

    def chart(
        self, person: str, run_id: str, name: str, *, size: Size, view: Mapping[str, str]
    ) -> bytes:
        if run_id != RUN:
            raise NotFound(f"There is no run {run_id}.")
        if name.startswith("heat-finer-"):
            return str(getattr(fake_finer.heat(int(name[-1])), size)).encode()
        if name == "heat":
            return str(getattr(heat(), size)).encode()
        narrow = size == "narrow"
        seed = sum(map(ord, name + "".join(view.values())))
        if name == "map":
            width, height = (358, 280) if narrow else (720, 540)
            return county_map(seed, width=width, height=height).encode()
        if name == "growth":
            width, height = {"wide": (1058, 440), "medium": (640, 440), "narrow": (358, 340)}[size]
            return fan(seed, width=width, height=height).encode()
        width, height = (358, 150) if narrow else (240, 140)
        if name.startswith("home"):
            width, height = 344, 130
        return fan(seed, width=width, height=height, labels=False).encode()

    def export(self, person: str, run_id: str, view: Mapping[str, str], file_format: str) -> Export:
        if run_id != RUN or file_format not in {"csv", "xlsx"}:
            raise NotFound("There is no such file.", remedy="Choose one from the page.")
        return Export(f"growth-{LABEL}.{file_format}", "text/csv", b"run," + LABEL.encode())

    def keep(self, person: str, run_id: str, name: str, view: Mapping[str, str]) -> None:
        if not name:
            raise UsageError("Give the scenario a name.", where="scenario_name")
        self.scenarios.append((person, run_id, name, dict(view)))

    def respond(self, person: str, insight_id: str, subject: str, state: str, reason: str) -> None:
        if subject not in fake_signals.SUBJECTS or insight_id != "watch":
            raise NotFound("There is no such signal.")
        if state not in {"acknowledged", "resolved"}:
            raise UsageError("That is no answer to a signal.", where="state")
        if not reason:
            raise UsageError("Say why.", where="reason")
        self.answers[subject] = f"{state}: {person}, {reason}"

    def receipt(self, person: str, run_id: str) -> ReceiptView:
        return fake_data.receipt(run_id)

    def datasets(self, person: str) -> tuple[DatasetEntry, ...]:
        return fake_data.datasets()

    def dataset(self, person: str, name: str) -> DatasetView:
        return fake_data.dataset(name)

    def agreements(self, person: str) -> tuple[AgreementView, ...]:
        return fake_data.agreements()

    def may_audit(self, person: str) -> bool:
        return person == "governance"

    def audit(self, person: str, page: int) -> AuditPage:
        if not self.may_audit(person):
            raise AccessDenied(
                "The audit is for information governance and data owners.",
                remedy="Ask Bel Carr, information governance lead. This visit was recorded.",
            )
        entries = tuple(
            AuditEntry(
                str(n),
                "2 March 2026, 09:14",
                "Ada Brook",
                "Read Care events, 12 columns",
                "Growth in care",
                n % 5 != 0,
            )
            for n in range(60 - 20 * page + 20, 40 - 20 * page + 20, -1)
        )
        return AuditPage(
            entries,
            "The chain of 60 entries is whole: nothing was changed, removed or reordered.",
            True,
            page,
            3,
        )
