"""What a plan should reach: so many cases at most, at a stage, by a day."""

from __future__ import annotations

import math
import re
from dataclasses import dataclass
from datetime import date
from typing import Literal, cast, get_args

from forethought.errors import SpecificationError, did_you_mean
from forethought.plan.simulation.pathway import Pathway
from forethought.results.words import day_words, rounded

GoalMeasure = Literal["waiting", "working", "overdue", "open"]
ALL = "all"
_FORM = re.compile(
    r"^\s*(?P<measure>\w+)\s*<=\s*(?P<most>[\d,._]+)\s+by\s+(?P<by>\S+)\s+at\s+(?P<stage>\w+)"
    r"(?:\s+for\s+(?P<work_class>\w+))?\s*$"
)
_EXAMPLE = 'Write it as "waiting <= 60 by 2027-03-31 at assessment", and "for urgent" if need be.'


@dataclass(frozen=True)
class Goal:
    """At most so many cases at the end of a day.

    Args:
        stage: The stage.
        at_most: Cases.
        by: The day.
        measure: What is counted: `waiting`, `working` (in progress), `overdue`, or `open` (waiting
            and in progress).
        work_class: A class, or `all`.
    """

    stage: str
    at_most: float
    by: date
    measure: GoalMeasure = "waiting"
    work_class: str = ALL

    @classmethod
    def parse(cls, text: str) -> Goal:
        """A goal from words: `waiting <= 60 by 2027-03-31 at assessment`, `… for urgent`.

        Raises:
            SpecificationError: The words do not have that form.
        """
        found = _FORM.match(text)
        if found is None:
            raise SpecificationError("The target cannot be read.", where=text,
                                     remedy=_EXAMPLE)  # fmt: skip
        measure: str = found["measure"]
        if measure not in get_args(GoalMeasure):
            raise SpecificationError(
                f'"{measure}" is nothing that a target can count.',
                where=text,
                remedy=did_you_mean(measure, get_args(GoalMeasure)),
            )
        try:
            by = date.fromisoformat(found["by"])
        except ValueError:
            raise SpecificationError(
                f'"{found["by"]}" is no day.', where=text, remedy="Write it as 2027-03-31."
            ) from None
        most = float(found["most"].replace(",", ""))
        return cls(
            found["stage"], most, by, cast("GoalMeasure", measure), found["work_class"] or ALL
        )

    def words(self) -> str:
        """`at most 60 waiting at assessment on 31 March 2027`."""
        counted = {"working": "in progress"}.get(self.measure, self.measure)
        who = "" if self.work_class == ALL else f" {self.work_class}"
        number = rounded(self.at_most, 1)
        return f"at most {number}{who} {counted} at {self.stage} on {day_words(self.by)}"


def checked_goal(pathway: Pathway, target: Goal | str, *, start: date) -> Goal:
    """A target as a goal that fits a pathway and lies after the start.

    Raises:
        SpecificationError: Words that cannot be read, an unknown stage or class, a day before the
            first simulated one, or a number below 0.
    """
    goal = Goal.parse(target) if isinstance(target, str) else target
    stages = [stage.name for stage in pathway.stages]
    classes = [ALL, *(each.name for each in pathway.classes)]
    for value, known, what in ((goal.stage, stages, "stage"), (goal.work_class, classes, "class")):
        if value not in known:
            raise SpecificationError(
                f'The pathway has no {what} "{value}".',
                where="target",
                remedy=did_you_mean(value, known),
            )
    if goal.by < start:
        raise SpecificationError(
            f"The target's day, {goal.by}, lies before the first simulated day.",
            where="target",
            remedy=f"Give a day from {start} on.",
        )
    if not math.isfinite(goal.at_most) or goal.at_most < 0:
        raise SpecificationError("A target is a number from 0.", where="target")
    return goal
