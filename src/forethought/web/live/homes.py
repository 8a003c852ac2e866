"""Home by role: the answers that a role comes for, and what changed."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING

from forethought.insights.blocks import Figure
from forethought.place.calendar import long_date
from forethought.web.interface import (
    Change,
    Decision,
    HomeFigure,
    HomeView,
    Line,
    Span,
    Target,
)
from forethought.web.live.insight_pages import headline
from forethought.workspace.standing import standing_of

if TYPE_CHECKING:
    from forethought.workspace.door import Workspace

CHANGES_SHOWN = 5
SIGNALS_SHOWN = 5
STEWARDS = frozenset({"data_steward", "data_owner", "information_governance", "administrator"})


def home(ws: Workspace) -> HomeView:
    """The person's home page."""
    wiring = ws.wiring
    person = wiring.people.person(ws.username)
    day = wiring.settings.day()
    figures = _figures(ws, person.role.id)
    manifest = wiring.store.manifest()
    loaded, declared = len(manifest.datasets), len(wiring.contracts)
    provenance: list[Line] = [
        (Span(f"{loaded} of {declared} datasets loaded", Target("catalogue")),),
    ]
    seen = [ws.programme.receipt(item.run_id) for item in figures]
    if seen:
        last = max(receipt.as_of for receipt in seen)
        provenance.insert(0, (Span(f"Data to {long_date(datetime.fromisoformat(last).date())}"),))
    signals, told = _signals(ws) if person.may("see_results") else ((), "")
    return HomeView(
        date_text=f"{day:%A} {long_date(day)}",
        heading="Data and trust this week" if person.role.id in STEWARDS else "Adult social care",
        answer=_answer(ws, person.role.id, figures),
        provenance=tuple(provenance),
        signals=signals,
        signals_words=told,
        figures=tuple(figures),
        changes_heading="What changed",
        changes=_changes(ws),
    )


def _signals(ws: Workspace) -> tuple[tuple[Decision, ...], str]:
    """The causes of the month's digest for the role, those that wait for an answer first."""
    digest = ws.digest()
    shown = sorted(digest.causes, key=lambda each: each.state != "new")[:SIGNALS_SHOWN]
    more = len(digest.causes) - len(shown)
    rest = f" The first {len(shown)} are shown." if more else ""
    return (
        tuple(
            Decision(
                title=each.sentence.removesuffix("."),
                target=Target("insight", each.insight),
                why=each.action,
                due="Waits for an answer" if each.on is None else each.state.capitalize(),
                beside=each.owner if each.on is None else f"{each.author}: {each.reason}",
            )
            for each in shown
        ),
        digest.headline() + rest,
    )


def _figures(ws: Workspace, role: str) -> list[HomeFigure]:
    found = []
    for spec in ws.wiring.specs.values():
        if spec.audience and role not in spec.audience:
            continue
        receipt = ws.current(spec.id)
        if receipt is None or not standing_of(ws.wiring, receipt, ws.username).live:
            continue
        found += [
            HomeFigure(block, spec.id, receipt.run_id)
            for block in ws.page(receipt.run_id, {}).blocks
            if isinstance(block, Figure)
        ]
    return found


def _answer(ws: Workspace, role: str, figures: list[HomeFigure]) -> str:
    if role in STEWARDS:
        datasets = ws.wiring.store.manifest().datasets.values()
        aside = sum(version.quarantined for version in datasets)
        rows = sum(version.rows for version in datasets)
        return (
            f"**{rows:,} rows** are in use and **{aside:,}** are set aside with their reasons, "
            f"over {len(datasets)} datasets."
        )
    if not figures:
        return "There is **no answer yet**: no insight for your role has been run."
    return headline(ws, ws.programme.receipt(figures[0].run_id))


def _changes(ws: Workspace) -> tuple[Change, ...]:
    manifest = ws.wiring.store.manifest()
    contracts = ws.wiring.contracts
    events: list[tuple[datetime, Line]] = []
    for name, version in manifest.datasets.items():
        title = contracts[name].name if name in contracts else name
        if name in contracts and contracts[name].sensitivity == 1:
            continue
        words = (
            f": version {version.version}, {version.rows:,} rows, "
            f"{version.quarantined:,} set aside."
        )
        events.append((version.created_at, (Span(title, Target("dataset", name)), Span(words))))
    for spec in ws.wiring.specs.values():
        receipt = ws.current(spec.id)
        if receipt is not None:
            made = datetime.fromisoformat(receipt.made_at)
            words = f" run with data to {long_date(datetime.fromisoformat(receipt.as_of).date())}."
            events.append((made, (Span(spec.title, Target("insight", spec.id)), Span(words))))
    newest = sorted(events, key=lambda event: event[0], reverse=True)[:CHANGES_SHOWN]
    return tuple(Change(f"{at.day} {at:%B}", line) for at, line in newest)
