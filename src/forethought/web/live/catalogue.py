"""The data catalogue: owners, purposes, versions and quality of every dataset."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING

from forethought.errors import NotFound, did_you_mean
from forethought.place.calendar import long_date
from forethought.trust.agreements import Status
from forethought.trust.withdrawals import withdrawn_agreements
from forethought.web.interface import (
    DatasetEntry,
    DatasetView,
    DimensionScore,
    Row,
    RuleCount,
    Span,
    StateBox,
    Target,
    VersionView,
)

if TYPE_CHECKING:
    from forethought.data.contracts import Contract
    from forethought.data.manifest import DatasetVersion
    from forethought.workspace.door import Workspace

DIMENSIONS = ("completeness", "uniqueness", "consistency", "timeliness", "validity", "accuracy")
LOW = 90
MOST_NAMED = 3
VERSIONS_SHOWN = 12
SENSITIVITY = {
    1: "Open data.",
    2: "Internal: no people.",
    3: "About people as groups or staff.",
    4: "Personal data. Pseudonyms only.",
    5: "Special categories of personal data. Pseudonyms only.",
}


def entries(ws: Workspace) -> tuple[DatasetEntry, ...]:
    """Every declared dataset."""
    held = ws.wiring.store.manifest().datasets
    people = ws.wiring.people
    found = []
    for contract in ws.wiring.contracts.values():
        version = held.get(contract.id)
        found.append(
            DatasetEntry(
                name=contract.id,
                title=contract.name,
                partner=_partners(contract),
                owner=people.name_of(contract.owner),
                version=f"{version.version}" if version else "none yet",
                data_to=long_date(version.created_at.date()) if version else "",
                quality=f"{version.quality.get('overall', 0):.0f}" if version else "none yet",
            )
        )
    return tuple(found)


def dataset(ws: Workspace, name: str) -> DatasetView:
    """One dataset's page."""
    contracts = ws.wiring.contracts
    if name not in contracts:
        raise NotFound(f'There is no dataset "{name}".', remedy=did_you_mean(name, contracts))
    contract = contracts[name]
    about = _about(ws, contract)
    versions = ws.wiring.store.manifest().versions.get(name, ())
    if not versions:
        box = StateBox(
            title="No data yet",
            why="The contract is here; no file has been loaded.",
            next_step=(Span(f"{ws.wiring.people.name_of(contract.steward)} loads it."),),
        )
        return DatasetView(name, contract.name, contract.description, about, box=box)
    newest = versions[-1]
    return DatasetView(
        name=name,
        title=contract.name,
        description=contract.description,
        about=about,
        version=str(newest.version),
        quality=round(float(newest.quality.get("overall", 0))),
        dimensions=_dimensions(versions),
        worst_rule=str(newest.quality.get("worst_critical", "")),
        meaning=_meaning(contract, newest),
        versions=tuple(_version(version) for version in reversed(versions[-VERSIONS_SHOWN:])),
        set_aside=_rules(contract, newest),
        trend=_trend(versions),
    )


def _about(ws: Workspace, contract: Contract) -> tuple[Row, ...]:
    people = ws.wiring.people
    lawful = sorted(
        {
            ", ".join(
                part.replace("_", " ")
                for part in (purpose.article6, purpose.article9, purpose.schedule1)
                if part
            )
            for purpose in contract.purposes
        }
    )
    papers: list[Span] = []
    for agreement in ws.wiring.agreements.of_dataset(contract.id):
        until = f", to {long_date(agreement.ends_on)}" if agreement.ends_on else ""
        papers += [Span("; ")] if papers else []
        papers.append(Span(f"{agreement.title}{until}", Target("trust")))
    lapsed = _lapsed(ws, contract)
    users = [spec for spec in ws.wiring.specs.values() if _reads(spec, contract.id)]
    used: list[Span] = []
    for spec in users:
        used += [Span(", ")] if used else []
        used.append(Span(spec.title, Target("insight", spec.id)))
    rows = [
        Row("Delivered by", (Span(_partners(contract)),)),
        Row("Owner", (Span(people.name_of(contract.owner)),)),
        Row("Steward", (Span(people.name_of(contract.steward)),)),
        Row("May be used for", (Span("; ".join(p.name for p in contract.purposes) or "nothing"),)),
        Row("Lawful basis", (Span("; ".join(text.capitalize() for text in lawful) or "none"),)),
        Row("Allowed by", tuple(papers) or (Span("No agreement covers it"),)),
        *([Row("Left out of reads", (Span(lapsed),))] if lapsed else []),
        Row("Kept for", (Span(_kept(contract)),)),
        Row("Sensitivity", (Span(SENSITIVITY.get(contract.sensitivity, "")),)),
        Row("Smallest count shown", (Span(str(contract.minimum_count)),)),
        Row("Used by", tuple(used) or (Span("No insight yet"),)),
    ]
    return tuple(rows)


def _lapsed(ws: Workspace, contract: Contract) -> str:
    """Whose rows no read gives today, because their agreement does not hold; empty for none."""
    day = ws.wiring.settings.day()
    withdrawn = withdrawn_agreements(ws.wiring.control)
    found = []
    for agreement in ws.wiring.agreements.of_dataset(contract.id):
        status = agreement.status(day, withdrawn)
        if status is not Status.LIVE:
            names = _names(name for name in contract.partners if name in agreement.partners)
            found.append(f"{names}: {agreement.title} is {status}")
    return "; ".join(found)


def _reads(spec: object, name: str) -> bool:
    from forethought.insights.base import InsightSpec
    from forethought.insights.registry import kind_of

    return isinstance(spec, InsightSpec) and name in kind_of(spec.kind).reads(spec)


def _partners(contract: Contract) -> str:
    count = len(contract.partners)
    return _names(contract.partners) if count <= MOST_NAMED else f"{count} partners"


def _names(partners: Iterable[str]) -> str:
    return ", ".join(name.replace("-", " ").replace("_", " ").title() for name in partners)


def _kept(contract: Contract) -> str:
    years = contract.retention_years
    return f"{years:g} years" if years else "No limit stated"


def _dimensions(versions: tuple[DatasetVersion, ...]) -> tuple[DimensionScore, ...]:
    newest = versions[-1].quality.get("scores", {})
    before = versions[-2].quality.get("scores", {}) if len(versions) > 1 else {}
    found = []
    for name in DIMENSIONS:
        score = newest.get(name)
        if score is None:
            continue
        was = before.get(name)
        trend = "" if was is None else f"{was:.0f} in the version before"
        found.append(DimensionScore(name.capitalize(), round(score), score < LOW, trend))
    return tuple(found)


def _version(version: DatasetVersion) -> VersionView:
    return VersionView(
        number=str(version.version),
        received=long_date(version.created_at.date()),
        rows=f"{version.rows:,}",
        set_aside=f"{version.quarantined:,}",
        quality=f"{version.quality.get('overall', 0):.0f}",
    )


def _rules(contract: Contract, version: DatasetVersion) -> tuple[RuleCount, ...]:
    described = {rule.id: rule.description for rule in contract.rules}
    failing = [count for count in version.rule_counts if count["failing"]]
    return tuple(
        RuleCount(
            rule=str(count["rule"]),
            description=described.get(str(count["rule"]), ""),
            dimension=str(count["dimension"]),
            effect="set aside" if count["severity"] == "error" else "counted only",
            rows=f"{int(count['failing']):,}",
        )
        for count in sorted(failing, key=lambda count: -int(count["failing"]))
    )


def _trend(versions: tuple[DatasetVersion, ...]) -> str:
    if len(versions) == 1:
        return "This is the first version, so there is no trend yet."
    scores = [float(version.quality.get("overall", 0)) for version in versions]
    change = round(scores[-1]) - round(scores[-2])
    words = "the same as" if change == 0 else f"{abs(change)} {'above' if change > 0 else 'below'}"
    return f"Overall quality is {words} the version before."


def _meaning(contract: Contract, version: DatasetVersion) -> str:
    known = float(version.join.get("nhs_number", 0))
    parts = []
    if version.quarantined:
        share = version.quarantined / max(version.rows + version.quarantined, 1)
        parts.append(f"{share:.1%} of rows are set aside and missing from every figure.")
    if contract.sensitivity > 1 and version.join:
        parts.append(
            f"{known:.0%} of rows are joined to a person by a valid NHS number; the rest by the "
            "partner's own number, if at all."
        )
    return " ".join(parts)
