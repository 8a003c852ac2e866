"""Forms as pages place them: questions in a row with the address as their memory, and posts.

A form of questions is a GET: the address keeps the answers, and whatever else the page was asked
goes along hidden. Keeping a what-if and answering a signal are POSTs, which the same-origin rule
guards.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from forethought.insights.blocks import Choice, Day, Form, Keep, Number, Question, Respond
from forethought.web import links

LONGEST_NUMBER = 5
Pairs = tuple[tuple[str, str], ...]
Post = Keep | Respond


@dataclass(frozen=True)
class FieldView:
    """One question: `kind` is select, number or day; `attributes` are those of its field."""

    id: str
    name: str
    label: str
    kind: str
    value: str
    hint: str = ""
    unit: str = ""
    options: Pairs = ()
    attributes: Pairs = ()


@dataclass(frozen=True)
class FormView:
    """A panel of questions; `hidden` are answers of the page that it does not ask."""

    id: str
    heading: str
    action: str
    button: str
    main: bool
    fields: tuple[FieldView, ...]
    hidden: Pairs = ()


@dataclass(frozen=True)
class KeepView:
    """A form that keeps the what-if that the page shows."""

    action: str
    button: str
    label: str
    hint: str
    name: str
    hidden: Pairs
    partial: str = "blocks/keep.html"


@dataclass(frozen=True)
class RespondView:
    """A form that answers a signal; `place` names its field for reason and error."""

    action: str
    place: str
    label: str
    state: str
    hint: str
    hidden: Pairs
    partial: str = "blocks/respond.html"


PostView = KeepView | RespondView


def form_views(
    forms: Sequence[Form],
    insight_id: str,
    view: Mapping[str, str],
    typed: Mapping[str, str] | None = None,
) -> tuple[FormView, ...]:
    """The forms of a page.

    Args:
        forms: Blocks in their order.
        insight_id: Whose page it is.
        view: The choices that the page shows.
        typed: What was typed where it was refused, so that it stays in its field.
    """
    found = []
    for n, form in enumerate(forms, start=1):
        asked = {question.name for question in form.choices}
        kept = tuple((name, value) for name, value in sorted(view.items()) if name not in asked)
        found.append(
            FormView(
                id="choices" if n == 1 else f"choices-{n}",
                heading=form.heading,
                action=links.insight(insight_id),
                button=form.button,
                main=form.main,
                fields=tuple(field_view(question, typed or {}) for question in form.choices),
                hidden=kept,
            )
        )
    return tuple(found)


def field_view(question: Question, typed: Mapping[str, str]) -> FieldView:
    """A question with what was typed, or its own value."""
    value = typed.get(question.name, question.value)
    place = f"choice-{question.name}"
    if isinstance(question, Choice):
        offered = value in dict(question.options)
        return FieldView(
            place,
            question.name,
            question.label,
            question.kind,
            value if offered else question.value,
            question.hint,
            options=question.options,
        )
    if isinstance(question, Day):
        ends = (("min", question.first), ("max", question.last))
        limits = tuple((name, day) for name, day in ends if day)
        return FieldView(
            place,
            question.name,
            question.label,
            question.kind,
            value,
            question.hint,
            attributes=limits,
        )
    return FieldView(
        place,
        question.name,
        question.label,
        question.kind,
        value,
        question.hint,
        unit=question.unit,
        attributes=(("inputmode", keyboard(question)), ("size", str(_room(question)))),
    )


def keyboard(question: Number) -> str:
    """Which keys a phone shows: those of a number have no minus, so it keeps the letters."""
    if question.low is None or question.low < 0:
        return "text"
    return "numeric" if float(question.step).is_integer() and question.step else "decimal"


def _room(question: Number) -> int:
    ends = [f"{end:g}" for end in (question.low, question.high) if end is not None]
    return max([LONGEST_NUMBER, *(len(end) + 1 for end in (*ends, question.value))])


def keep_view(keep: Keep, insight_id: str, run_id: str, view: Mapping[str, str]) -> KeepView:
    """The way to keep a what-if: its run and all choices of the page go along."""
    return KeepView(
        action=links.keep(insight_id),
        button=keep.button,
        label=keep.label,
        hint=keep.hint,
        name=keep.name,
        hidden=(("run", run_id), *sorted(view.items())),
    )


def respond_view(
    block: Respond, insight_id: str, run_id: str, view: Mapping[str, str]
) -> RespondView:
    """The way to answer a signal: its run, its key and all choices of the page go along."""
    return RespondView(
        action=links.respond(insight_id),
        place=respond_place(block.subject),
        label=block.label,
        state=block.state,
        hint=block.hint,
        hidden=(("run", run_id), ("subject", block.subject), *sorted(view.items())),
    )


def respond_place(subject: str) -> str:
    """Id of the field in which a signal is answered: keys hold what ids may not."""
    return f"respond-{hashlib.sha256(subject.encode()).hexdigest()[:8]}"


def post_view(block: Post, insight_id: str, run_id: str, view: Mapping[str, str]) -> PostView:
    """What is sent from a page, as its partial takes it."""
    if isinstance(block, Respond):
        return respond_view(block, insight_id, run_id, view)
    return keep_view(block, insight_id, run_id, view)
