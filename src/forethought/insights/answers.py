"""What a person answered to the questions of a form, read once and checked against them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date
from math import isclose, isfinite

from forethought.errors import Problem, UsageError, did_you_mean
from forethought.insights.blocks import Choice, Day, Number, Question
from forethought.results import words

Answer = str | float | date


def read_answers(questions: Sequence[Question], view: Mapping[str, str]) -> dict[str, Answer]:
    """The answer to each question by name: text of a choice, a number, a date.

    An answer that is not given, or empty, is the question's own value. A number may carry a
    thousands comma, a plus or a minus sign.

    Args:
        questions: Those of the form.
        view: Answers by name, as an address or a command holds them.

    Raises:
        UsageError: Every answer that its question does not take, `where` naming the question, and
            every answer to a question that is not asked.
    """
    answers: dict[str, Answer] = {}
    asked = [question.name for question in questions]
    problems = [
        Problem(f'"{name}" is no question here.', name, did_you_mean(name, asked))
        for name in view
        if name not in asked
    ]
    for question in questions:
        text = view.get(question.name, "").strip() or question.value
        try:
            answers[question.name] = _read(question, text)
        except ValueError as refusal:
            problems.append(Problem(question.label + ": " + str(refusal), question.name))
    if problems:
        first = problems[0]
        raise UsageError(
            first.what,
            where=first.where,
            remedy=first.remedy,
            problems=problems if len(problems) > 1 else (),
        )
    return answers


def _read(question: Question, text: str) -> Answer:
    if isinstance(question, Number):
        return _number(question, text)
    if isinstance(question, Day):
        return _day(question, text)
    return _choice(question, text)


def _choice(question: Choice, text: str) -> str:
    if text not in dict(question.options):
        raise ValueError(f'"{text}" is no choice here. Choose one from the list.')
    return text


def _number(question: Number, text: str) -> float:
    limits = limits_said(question)
    try:
        value = float(text.replace(",", "").replace(words.MINUS, "-"))
    except ValueError:
        raise ValueError(f'"{text}" is no number. {limits}'.strip()) from None
    low, high = question.low, question.high
    outside = (low is not None and value < low) or (high is not None and value > high)
    if not isfinite(value) or outside:
        raise ValueError(f"{text} lies outside what can be worked out. {limits}".strip())
    steps = (value - (low or 0)) / question.step if question.step else 0.0
    if not isclose(steps, round(steps), abs_tol=1e-6):
        raise ValueError(f"{text} lies between the answers taken. {limits}".strip())
    return value


def _day(question: Day, text: str) -> date:
    try:
        day = date.fromisoformat(text)
    except ValueError:
        raise ValueError(f'"{text}" is no date. Write it as 2027-03-31.') from None
    if (question.first and text < question.first) or (question.last and text > question.last):
        ends = (("from", question.first), ("to", question.last))
        said = [f"{way} {words.day_words(date.fromisoformat(end))}" for way, end in ends if end]
        raise ValueError(f"{words.day_words(day)} is too far. Give a day {' '.join(said)}.")
    return day


def limits_said(question: Number) -> str:
    """The limits in a sentence: `Give a whole number from 40 to 70.`; empty without any."""
    low, high = question.low, question.high
    kind = "a whole number" if question.step == 1 else "a number"
    if question.step not in (0, 1):
        kind = f"a number in steps of {question.step:g}"
    if low is None and high is None:
        return f"Give {kind}." if question.step else ""
    if high is None:
        return f"Give {kind} from {_said(low)}."
    if low is None:
        return f"Give {kind} up to {_said(high)}."
    return f"Give {kind} from {_said(low)} to {_said(high)}."


def _said(value: float | None) -> str:
    value = value or 0.0
    return (words.MINUS if value < 0 else "") + f"{abs(value):,g}"
