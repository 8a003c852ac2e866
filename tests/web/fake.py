"""A workspace that answers from invented, seeded figures, so that every page can be looked at."""

from __future__ import annotations

import random
from collections.abc import Mapping
from dataclasses import replace

from tests.web.drawings import county_map, fan

from forethought.errors import AccessDenied, NotFound, UsageError
from forethought.insights.blocks import (
    Block,
    Chart,
    Choice,
    Column,
    Figure,
    Form,
    Headline,
    Map,
    Method,
    Table,
    Text,
)
from forethought.web.interface import (
    AgreementView,
    AuditEntry,
    AuditPage,
    Change,
    CheckMade,
    DataRead,
    DatasetEntry,
    DatasetView,
    Decision,
    DimensionScore,
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
    RuleCount,
    Span,
    State,
    StateBox,
    Target,
    VersionView,
)

PASSWORD = "correct horse battery staple"  # noqa: S105 - of invented people
PEOPLE = {
    "manager": PersonView("manager", "Ada Brook", "service manager"),
    "governance": PersonView("governance", "Bel Carr", "information governance lead"),
    "worker": PersonView("worker", "Cy Dunn", "social worker"),
}
DISTRICTS = tuple(f"Fen {name}" for name in ("North", "South", "East", "West", "Mere", "Sound"))
SERVICES = (("all", "All services"), ("home-care", "Care at home"), ("homes", "Care homes"))
RUN = "rn7c41e09ab2d3f6"
LABEL = "rn7c41e0"


def number(draw: random.Random, low: int, high: int) -> str:
    """A rounded figure."""
    return f"{draw.randrange(low, high, 10):,}"


class FakeWorkspace:
    """Five insights, one for each state, over invented data. Implements `WebWorkspace`."""

    def __init__(self, seed: int = 7) -> None:
        self.seed = seed
        self.attempts = 0
        self.closed: set[str] = set()

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
                    self._chart(f"home-{i}", question, role="small"),
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
        offered = {"service": dict(SERVICES), "district": dict(self._districts())}
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
            blocks=self._blocks(choices),
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

    def _districts(self) -> tuple[tuple[str, str], ...]:
        return (("all", "Whole county"), *((d.lower().replace(" ", "-"), d) for d in DISTRICTS))

    def _chart(self, name: str, heading: str, *, role: str = "view", note: str = "") -> Chart:
        return Chart(
            name=name,
            heading=heading,
            measure="Adults with care, month end, Fenmere. The vertical axis starts at 500."
            if role == "view"
            else "Adults with care, today = 100, same axis in all. Band: 8 in 10 chance.",
            alt=f"Line chart, {heading}: a rising past and a forecast with its range.",
            wide=f"{name}-wide.svg",
            narrow=f"{name}-narrow.svg",
            table="by-month",
            note=note,
            section="" if role == "view" else "Where the growth is",
            role=role,  # type: ignore[arg-type]
        )

    def _blocks(self, choices: Mapping[str, str]) -> tuple[Block, ...]:
        draw = self._draw("/".join(choices.values()))
        groups = ("Older people", "Learning disability", "Physical disability", "Mental health")
        map_block = Map(
            **{
                **vars(self._chart("map", "The east grows fastest")),
                "alt": "Map of six districts by growth.",
                "measure": "Expected change by district.",
            }
        )
        return (
            Headline(
                f"By March 2029 we expect **{number(draw, 5000, 6000)} adults** to have care, more "
                f"than today. There is an 8 in 10 chance of **{number(draw, 4000, 5000)} to "
                f"{number(draw, 6000, 7000)}**."
            ),
            Text(
                "What this means for you",
                (
                    "Budget for about 120 more people next year. The prudent figure is 190.",
                    "Most of the growth is at home: hours of care are the first constraint.",
                    "Last year's forecast was **a little low**. Replace it in the plan.",
                ),
                role="actions",
            ),
            Form(
                "Choose what to look at",
                (
                    Choice("service", "Service", SERVICES, choices["service"]),
                    Choice("district", "District", self._districts(), choices["district"]),
                ),
            ),
            self._chart(
                "growth",
                "Growth is faster than last year's forecast expected",
                note="Dark band: 8 in 10 chance. Light band: 19 in 20 chance.",
            ),
            map_block,
            self._by_month(draw),
            self._by_year(draw),
            self._suppressed(),
            *(
                self._chart(f"group-{i}", group, role="small", note="**820** now, **870** later")
                for i, group in enumerate(groups)
            ),
            Text("Where the record changed", ("The case system changed in 2021.",)),
            Text(
                "What this does not tell you",
                (
                    "Need that nobody has asked the council to meet.",
                    "People who pay for all of their own care.",
                    "Anything about one person.",
                ),
                role="limits",
            ),
            Method(
                (
                    ("Method", "Four models combined, then made to add up"),
                    ("Track record", "In 24 past forecasts the truth fell in the range 19 times"),
                )
            ),
        )

    def _by_month(self, draw: random.Random) -> Table:
        months = [
            f"{m} {y}"
            for y in (2026, 2027, 2028)
            for m in ("January", "March", "May", "July", "September", "November")
        ]
        rows = tuple(
            (m, number(draw, 5000, 5200), "5,000 to 5,200", "4,900 to 5,300") for m in months
        )
        return Table(
            "by-month",
            "Adults with care at month end",
            "Most likely figure and its ranges.",
            (
                Column("month", "Month"),
                Column("expected", "Forecast", numeric=True),
                Column("range_80", "8 in 10 range", numeric=True, muted=True),
                Column("range_95", "19 in 20 range", numeric=True, muted=True),
            ),
            rows,
            rows,
            role="view",
        )

    def _by_year(self, draw: random.Random) -> Table:
        rows = tuple(
            (
                f"{y} to {y + 1}",
                number(draw, 5000, 6000),
                "actual" if y == 2024 else "5,000 to 6,000",
                f"+{draw.randrange(20, 200, 10)}",
                number(draw, 9000, 9900),
                "actual" if y == 2024 else "9,000 to 9,900",
                f"£{draw.randrange(90, 99)}.{draw.randrange(10)}m",
                "actual" if y == 2024 else "£90.1m to £99.9m",
            )
            for y in range(2024, 2029)
        )
        columns = (
            "April to March",
            "People with care on 31 March",
            "Range",
            "Change on the year",
            "Requests in the year",
            "Range",
            "Gross cost",
            "Range",
        )
        return Table(
            "by-year",
            "People, requests and gross cost",
            "Most likely figure, with the 8 in 10 range after it. Cash prices.",
            tuple(
                Column(f"c{i}", label, numeric=i > 0, muted=label == "Range")
                for i, label in enumerate(columns)
            ),
            rows,
            rows,
            section="By financial year",
        )

    def _suppressed(self) -> Table:
        rows = (("Fen North", "[c]", "20", "[c]"), ("Fen South", "10", "30", "40"))
        return Table(
            "starts",
            "New starts in care homes",
            "[c] is a count from 1 to 9, or one that would reveal it. Neither is zero.",
            (
                Column("district", "District"),
                *(Column(n, n, numeric=True) for n in ("65 to 84", "85 and over", "All")),
            ),
            rows,
            rows,
            section="By financial year",
        )

    def chart(
        self, person: str, run_id: str, name: str, *, narrow: bool, view: Mapping[str, str]
    ) -> bytes:
        if run_id != RUN:
            raise NotFound(f"There is no run {run_id}.")
        seed = sum(map(ord, name + "".join(view.values())))
        if name == "map":
            width, height = (358, 280) if narrow else (720, 540)
            return county_map(seed, width=width, height=height).encode()
        if name == "growth":
            width, height = (358, 340) if narrow else (1058, 440)
            return fan(seed, width=width, height=height).encode()
        width, height = (358, 150) if narrow else (240, 140)
        if name.startswith("home"):
            width, height = 344, 130
        return fan(seed, width=width, height=height, labels=False).encode()

    def export(self, person: str, run_id: str, view: Mapping[str, str], file_format: str) -> Export:
        if run_id != RUN or file_format not in {"csv", "xlsx"}:
            raise NotFound("There is no such file.", remedy="Choose one from the page.")
        return Export(f"growth-{LABEL}.{file_format}", "text/csv", b"run," + LABEL.encode())

    def receipt(self, person: str, run_id: str) -> ReceiptView:
        if run_id != RUN:
            raise NotFound(f'There is no run "{run_id}".', remedy="Open a receipt from a page.")
        return ReceiptView(
            RUN,
            LABEL,
            "growth",
            "Growth in care",
            "Made on 27 February 2026. **Every check passed**, and the run was recomputed with the "
            "same result.",
            (
                Row(
                    "Question",
                    (Span("How many adults will need care?", Target("insight", "growth")),),
                ),
                Row("Purpose", (Span("Planning services and budgets"),)),
                Row("Owner", (Span("Ada Brook"),)),
                Row("Review by", (Span("31 March 2027"),)),
            ),
            (
                Row("Code", (Span("Forethought 0.1.0, 41c0 9ab2"),)),
                Row("Settings", (Span("Horizon 36 months, seed 1"),)),
                Row("As of", (Span("31 January 2026"),)),
                Row("Check it yourself", (Span(f"forethought verify {LABEL}"),)),
            ),
            (
                DataRead(
                    "events",
                    "Care events",
                    "4, 12 February",
                    "Social care",
                    "48,210",
                    "12",
                    "94",
                    "Record of processing 3",
                ),
                DataRead(
                    "housing",
                    "Housing tenancies",
                    "2, 2 February",
                    "District councils",
                    "9,880",
                    "140",
                    "81",
                    "Agreement HS-2, to 31 March 2028",
                ),
            ),
            (
                CheckMade("8 in 10 ranges hold the truth", "77% to 83%", "79% of 960", True),
                CheckMade(
                    "Districts add up to the county", "Exactly", "Largest difference 0", True
                ),
                CheckMade("Small numbers protected", "No count from 1 to 9", "2 cells left", False),
            ),
            {"run_id": RUN, "seed": 1},
        )

    def datasets(self, person: str) -> tuple[DatasetEntry, ...]:
        return (
            DatasetEntry(
                "events",
                "Care events",
                "Fenmere County Council",
                "Ada Brook",
                "4",
                "31 January 2026",
                "94",
            ),
            DatasetEntry(
                "housing",
                "Housing tenancies",
                "12 district councils",
                "Bel Carr",
                "2",
                "31 December 2025",
                "81",
            ),
            DatasetEntry(
                "empty",
                "Hospital discharges",
                "Fenmere Hospitals",
                "Bel Carr",
                "none yet",
                "",
                "none yet",
            ),
        )

    def dataset(self, person: str, name: str) -> DatasetView:
        if name not in {"events", "housing", "empty"}:
            raise NotFound(f'There is no dataset "{name}".', remedy="See the data catalogue.")
        about = (
            Row("Owner", (Span("Ada Brook"),)),
            Row("Steward", (Span("Bel Carr"),)),
            Row("May be used for", (Span("Planning services and budgets"),)),
            Row("Lawful basis", (Span("Public task; health or social care purposes"),)),
            Row("Kept for", (Span("8 years"),)),
            Row("Sensitivity", (Span("4 of 5: about people, pseudonyms only"),)),
            Row("Used by", (Span("Growth in care", Target("insight", "growth")),)),
        )
        if name == "empty":
            box = StateBox(
                "No file has arrived yet",
                "The agreement is signed; the first delivery is due on 10 March.",
                (Span("Ask the steward if it is late."),),
            )
            return DatasetView(
                name, "Hospital discharges", "Each discharge of a resident.", about, box=box
            )
        scores = (
            ("Completeness", 97),
            ("Uniqueness", 99),
            ("Consistency", 95),
            ("Timeliness", 71),
            ("Validity", 98),
            ("Accuracy", 90),
        )
        return DatasetView(
            name,
            "Care events",
            "Each request, assessment, service and review of an adult since April 2016.",
            about,
            "4",
            94,
            tuple(
                DimensionScore(n, s, s < 80, "90 in the version before" if s < 80 else "")
                for n, s in scores
            ),
            "arrives within 7 days of the month's end. Version 4 came after 12 days.",
            "the last month of any figure that uses this dataset is provisional.",
            (
                VersionView("4", "12 February 2026", "48,210", "12", "94"),
                VersionView("3", "9 January 2026", "47,100", "30", "93"),
            ),
            (
                RuleCount(
                    "end_after_start",
                    "An event ends on or after its start.",
                    "Consistency",
                    "Set aside",
                    "9",
                ),
                RuleCount(
                    "known_type", "The type is in the code list.", "Validity", "Set aside", "3"
                ),
            ),
            "Quality rose by 1 since version 3.",
        )

    def agreements(self, person: str) -> tuple[AgreementView, ...]:
        return (
            AgreementView(
                "HS-2",
                "Housing for planning",
                "Sharing agreement",
                "12 district councils",
                (Span("Housing tenancies", Target("dataset", "housing")),),
                "Planning services and budgets",
                "Public task",
                "31 March 2028",
                True,
                "Live",
            ),
            AgreementView(
                "RP-3",
                "Social care records",
                "Record of processing",
                "Fenmere County Council",
                (Span("Care events", Target("dataset", "events")),),
                "Planning services and budgets",
                "Public task; health or social care",
                "no end",
                True,
                "Live",
            ),
            AgreementView(
                "PO-1",
                "Police contacts",
                "Sharing agreement",
                "Fenmere Police",
                (Span("none"),),
                "Public health",
                "Public task",
                "1 January 2026",
                False,
                "Withdrawn",
            ),
        )

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
