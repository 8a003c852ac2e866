"""A watch of the fake workspace: two signals that may be answered."""

from __future__ import annotations

from collections.abc import Mapping

from forethought.insights.blocks import Block, Choice, Form, Headline, Respond, Text
from forethought.web.interface import Decision, Target

SUBJECTS = {"reviews_done": "Reviews completed", "starts/service/Home care": "New home care"}
SECTION = "Answer a signal"
CAUSES = (
    Decision(
        "Reviews completed: about 12 a month lower than usual since July 2026",
        Target("insight", "watch"),
        "Find out what changed in July 2026.",
        "Waits for an answer",
        "Mara Quill (service manager)",
    ),
    Decision(
        "New home care: about 9 a month higher than usual since August 2026",
        Target("insight", "watch"),
        "Look at requests and at discharges from hospital.",
        "Acknowledged",
        "Mara Quill: A provider closed",
    ),
)


def blocks(answers: Mapping[str, str], series: str) -> tuple[Block, ...]:
    """The blocks of the page: `answers` are the states of signals by subject."""
    options = tuple(SUBJECTS.items())
    return (
        Headline("**Reviews completed**: about **12 a month lower** than usual since July 2026."),
        Form("Look at one measure", (Choice("series", "Measure", options, series),)),
        *(
            Respond(
                subject,
                label,
                "2026-07-01",
                "manager",
                answers.get(subject, "new"),
                "Your name, the day and the reason stand beside the signal.",
                SECTION,
            )
            for subject, label in options
        ),
        Text("What this does not tell you", ("Why it changed.",), role="limits"),
    )
