"""The receipt of a run, in words."""

from __future__ import annotations

from datetime import date, datetime
from typing import TYPE_CHECKING

from forethought.errors import ForethoughtError
from forethought.place.calendar import long_date
from forethought.web.interface import (
    CheckMade,
    DataRead,
    ReceiptView,
    Row,
    SettingView,
    Span,
    Target,
)
from forethought.workspace.standing import standing_of

if TYPE_CHECKING:
    from forethought.insights.receipt import Receipt
    from forethought.workspace.door import Workspace

SHOWN_HASH = 12


def receipt(ws: Workspace, run_id: str) -> ReceiptView:
    """How a run was made."""
    found = ws.programme.receipt(run_id)
    return ReceiptView(
        run_id=found.run_id,
        run_label=found.label,
        insight_id=found.insight,
        title=found.title,
        answer=_answer(ws, found),
        people=_people(ws, found),
        method=_method(found),
        data=tuple(
            DataRead(
                dataset=read.dataset,
                title=read.name,
                version=f"{read.version}, {long_date(date.fromisoformat(read.received))}",
                partner=read.partner,
                rows=f"{read.rows:,}",
                set_aside=f"{read.quarantined:,}",
                quality=f"{read.quality:.0f}",
                allowed_by=". ".join((read.basis, *read.left_out_words)),
            )
            for read in found.reads
        ),
        checks=tuple(CheckMade(c.name, c.asked, c.found, c.passed) for c in found.checks),
        raw=found.as_json(),
        settings=_settings(found),
    )


def _answer(ws: Workspace, found: Receipt) -> str:
    made = datetime.fromisoformat(found.made_at)
    failed = [check.name for check in found.checks if not check.passed]
    verdict = (
        "**Every check passed**"
        if not failed
        else f"**{len(failed)} of {len(found.checks)} checks did not pass**"
    )
    text = f"Made on {long_date(made.date())}. {verdict}."
    checked = ws.wiring.audit.entries(action="verify", subject=found.run_id, limit=1)
    if checked:
        same = "the same result" if checked[0].details.get("same") else "another result"
        text += f" Recomputed on {long_date(checked[0].at.date())} with {same}."
    standing = standing_of(ws.wiring, found, ws.username)
    if standing.waits:
        text += f" **Not approved**: {standing.why}"
    elif not standing.live:
        text += f" **Not shown today**: {standing.why}"
    elif standing.erased:
        text += " People were **erased from the data since**."
    return text


def _people(ws: Workspace, found: Receipt) -> tuple[Row, ...]:
    people = ws.wiring.people
    purposes = {
        purpose.id: purpose.name
        for contract in ws.wiring.contracts.values()
        for purpose in contract.purposes
    }
    return (
        Row("Question", (Span(found.question, Target("insight", found.insight)),)),
        Row("Purpose", (Span(purposes.get(found.purpose, found.purpose)),)),
        Row("Owner", (Span(people.name_of(found.owner)),)),
        Row("Made by", (Span(people.name_of(found.made_by)),)),
        Row("Review by", (Span(long_date(date.fromisoformat(found.review_by))),)),
        Row("Smallest count shown", (Span(str(found.minimum_count)),)),
    )


def _method(found: Receipt) -> tuple[Row, ...]:
    rows = [
        ("Code", f"Forethought {found.code_version}, {found.code_hash[:SHOWN_HASH]}"),
        ("Seed", str(found.seed)),
        ("As of", long_date(date.fromisoformat(found.as_of))),
        ("Time", f"{found.seconds:.1f} seconds"),
        ("Check it yourself", f"forethought verify {found.run_id}"),
    ]
    if found.upstream:
        follows = ", ".join(found.upstream.values())
        rows.insert(3, ("Uses the results of", follows))
    return tuple(Row(label, (Span(value),)) for label, value in rows)


def _settings(found: Receipt) -> tuple[SettingView, ...]:
    """What the run was set to, in words; nothing where its kind is not installed any more."""
    from forethought.insights.programme import spec_of
    from forethought.insights.setting_words import settings_in_words

    try:
        spec = spec_of(found)
    except (ForethoughtError, ValueError):
        return ()
    settings = getattr(spec, "settings", None)
    if settings is None:
        return ()
    names = {read.dataset: read.name for read in found.reads}
    return tuple(
        SettingView(s.label, s.value, s.meaning) for s in settings_in_words(settings, names)
    )
