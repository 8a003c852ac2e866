"""Receipt, catalogue and agreements of the fake workspace: invented."""

from __future__ import annotations

from forethought.errors import NotFound
from forethought.web.interface import (
    AgreementView,
    CheckMade,
    DataRead,
    DatasetEntry,
    DatasetView,
    DimensionScore,
    ReceiptView,
    Row,
    RuleCount,
    SettingView,
    Span,
    StateBox,
    Target,
    VersionView,
)

RUN = "rn7c41e09ab2d3f6"
LABEL = "rn7c41e0"


def receipt(run_id: str) -> ReceiptView:
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
            Row("Seed", (Span("1"),)),
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
            CheckMade("Districts add up to the county", "Exactly", "Largest difference 0", True),
            CheckMade("Small numbers protected", "No count from 1 to 9", "2 cells left", False),
        ),
        {"run_id": RUN, "seed": 1},
        (
            SettingView("Years ahead", "3 years", "Whole years to forecast."),
            SettingView("Rise of prices", "low 3%; likely 5%; high 8%", "Every April."),
        ),
    )


def datasets() -> tuple[DatasetEntry, ...]:
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


def dataset(name: str) -> DatasetView:
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
            RuleCount("known_type", "The type is in the code list.", "Validity", "Set aside", "3"),
        ),
        "Quality rose by 1 since version 3.",
    )


def agreements() -> tuple[AgreementView, ...]:
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
