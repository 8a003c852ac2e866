"""The data catalogue and the register of agreements, as plain values for pages.

Everything comes in as an argument, so that a page can be tested without a store.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import date

from forethought.data.contracts import Contract, Purpose
from forethought.place.calendar import long_date
from forethought.trust.agreements import KIND_NAMES, Agreement, Agreements, Kind, Status
from forethought.trust.basis import basis_words
from forethought.trust.people import People
from forethought.trust.terms import about_people

SOON_DAYS = 90
SENSITIVITY = {
    1: "open",
    2: "internal, about no single person",
    3: "about people",
    4: "about people, special categories",
    5: "about people, most sensitive",
}


@dataclass(frozen=True)
class VersionFacts:
    """What the store says of a dataset's newest version.

    Args:
        version: Its number.
        received_on: Day on which the newest of it was received.
        rows: Accepted rows.
        set_aside: Rows in quarantine.
        quality: Overall score, 0-100.
        worst_rule: The worst critical rule in words; empty where none fails.
    """

    version: int
    received_on: date
    rows: int
    set_aside: int
    quality: float
    worst_rule: str = ""


@dataclass(frozen=True)
class PurposeView:
    """A purpose of a dataset.

    Args:
        id: Name in files.
        name: Name for people.
        basis: Lawful basis in words.
        open_on: Whether every partner's part is covered for it today.
    """

    id: str
    name: str
    basis: str
    open_on: bool


@dataclass(frozen=True)
class AgreementView:
    """An agreement as a register shows it.

    Args:
        id: Name in files.
        title: Name for people.
        kind: What sort of paper it is, in words.
        partners: Whose data it covers.
        datasets: Datasets it covers.
        purposes: Purposes it covers, in the contracts' names.
        basis: Lawful basis in words.
        until: Its last day in words.
        status: Where it stands.
        state: Where it stands, in words: `Live`, `Ends in 37 days`, `Expired on ...`.
        days_left: Days it still holds; None without an end or where it is not live.
        contact: Whom to ask.
        signed_by: Who signed it.
    """

    id: str
    title: str
    kind: str
    partners: tuple[str, ...]
    datasets: tuple[str, ...]
    purposes: tuple[str, ...]
    basis: str
    until: str
    status: Status
    state: str
    days_left: int | None
    contact: str
    signed_by: tuple[str, ...]

    @property
    def live(self) -> bool:
        """Whether it holds today."""
        return self.status is Status.LIVE


@dataclass(frozen=True)
class DatasetView:
    """A dataset as the catalogue shows it.

    Args:
        id: Name in the store.
        title: Name for people.
        description: What it is for.
        owner: Who answers for it.
        steward: Who looks after it.
        partners: Who delivers it.
        sensitivity: 1 (open) to 5.
        sensitivity_words: What that means.
        about_people: Whether its rows are about single people.
        minimum_count: Smallest count that may be published from it.
        retention: How long rows are kept, in words.
        purposes: What it may be used for.
        agreements: What covers it.
        version: Its newest version; None where nothing was loaded.
    """

    id: str
    title: str
    description: str
    owner: str
    steward: str
    partners: tuple[str, ...]
    sensitivity: int
    sensitivity_words: str
    about_people: bool
    minimum_count: int
    retention: str
    purposes: tuple[PurposeView, ...]
    agreements: tuple[AgreementView, ...]
    version: VersionFacts | None = None


@dataclass(frozen=True)
class PublicUse:
    """One use of data about residents, in plain English.

    Args:
        data: The dataset's name for people.
        partners: Who collected it.
        purpose: What it is used for.
        basis: Lawful basis in words.
        kept_for: How long, in words.
    """

    data: str
    partners: tuple[str, ...]
    purpose: str
    basis: str
    kept_for: str


def catalogue(
    contracts: Mapping[str, Contract],
    agreements: Agreements,
    people: People,
    on: date,
    *,
    versions: Mapping[str, VersionFacts] | None = None,
    withdrawn: Collection[str] = (),
) -> tuple[DatasetView, ...]:
    """Every dataset of the workspace, by name.

    Args:
        contracts: Contracts by dataset.
        agreements: The workspace's agreements.
        people: The workspace's people.
        on: The day on which agreements must be live.
        versions: What the store says, by dataset.
        withdrawn: Agreements that the control records say were withdrawn.
    """
    register = {view.id: view for view in register_of(agreements, contracts, people, on, withdrawn)}
    return tuple(
        DatasetView(
            id=contract.id,
            title=contract.name,
            description=contract.description,
            owner=people.name_of(contract.owner),
            steward=people.name_of(contract.steward),
            partners=contract.partners,
            sensitivity=contract.sensitivity,
            sensitivity_words=SENSITIVITY[contract.sensitivity],
            about_people=about_people(contract),
            minimum_count=contract.minimum_count,
            retention=years(contract.retention_years),
            purposes=tuple(
                _purpose(contract, item, agreements, on, withdrawn) for item in contract.purposes
            ),
            agreements=tuple(register[item.id] for item in agreements.of_dataset(contract.id)),
            version=(versions or {}).get(contract.id),
        )
        for contract in sorted(contracts.values(), key=lambda item: item.id)
    )


def register_of(
    agreements: Agreements,
    contracts: Mapping[str, Contract],
    people: People,
    on: date,
    withdrawn: Collection[str] = (),
) -> tuple[AgreementView, ...]:
    """Every agreement: who shares what, for which purpose, until when.

    What is live and ends first stands first; what is over stands last.
    """
    names = {purpose.id: purpose.name for item in contracts.values() for purpose in item.purposes}
    views = [_view(item, names, people, on, withdrawn) for item in agreements]
    endless = 10**6
    return tuple(
        sorted(
            views,
            key=lambda view: (
                not view.live,
                endless if view.days_left is None else view.days_left,
                view.id,
            ),
        )
    )


def ending_soon(
    register: Collection[AgreementView], within_days: int = SOON_DAYS
) -> tuple[AgreementView, ...]:
    """Live agreements that end within so many days, the nearest first."""
    found = [
        (view.days_left, view)
        for view in register
        if view.live and view.days_left is not None and view.days_left <= within_days
    ]
    return tuple(view for _, view in sorted(found, key=lambda pair: pair[0]))


def public_uses(
    contracts: Mapping[str, Contract],
    agreements: Agreements,
    on: date,
    withdrawn: Collection[str] = (),
) -> tuple[PublicUse, ...]:
    """What is done with data about residents: the uses that a live agreement covers today."""
    return tuple(
        PublicUse(
            contract.name,
            contract.partners,
            purpose.name,
            basis_words(purpose.article6, purpose.article9, purpose.schedule1),
            years(contract.retention_years),
        )
        for contract in sorted(contracts.values(), key=lambda item: item.name)
        if about_people(contract)
        for purpose in contract.purposes
        if _covered(contract, purpose.id, agreements, on, withdrawn)
    )


def years(number: float) -> str:
    """A span of years in words: `8 years`, `6 months`."""
    if number < 1:
        months = round(number * 12)
        return f"{months} month{'' if months == 1 else 's'}"
    return f"{number:g} year{'' if number == 1 else 's'}"


def _purpose(
    contract: Contract,
    purpose: Purpose,
    agreements: Agreements,
    on: date,
    withdrawn: Collection[str],
) -> PurposeView:
    basis = basis_words(purpose.article6, purpose.article9, purpose.schedule1)
    covered = _covered(contract, purpose.id, agreements, on, withdrawn)
    return PurposeView(purpose.id, purpose.name, basis, covered)


def _covered(
    contract: Contract,
    purpose: str,
    agreements: Agreements,
    on: date,
    withdrawn: Collection[str],
) -> bool:
    return all(
        any(
            item.status(on, withdrawn) is Status.LIVE
            for item in agreements.covering(contract.id, partner, purpose)
        )
        for partner in contract.partners
    )


def _view(
    agreement: Agreement,
    purposes: Mapping[str, str],
    people: People,
    on: date,
    withdrawn: Collection[str],
) -> AgreementView:
    status = agreement.status(on, withdrawn)
    left = (agreement.ends_on - on).days if agreement.ends_on else None
    basis = basis_words(agreement.article6, agreement.article9, agreement.schedule1)
    return AgreementView(
        id=agreement.id,
        title=agreement.title,
        kind=KIND_NAMES[agreement.kind],
        partners=agreement.partners,
        datasets=agreement.datasets,
        purposes=tuple(purposes.get(name, name) for name in agreement.purposes),
        basis=basis or ("open licence" if agreement.kind is Kind.OPEN_LICENCE else ""),
        until=long_date(agreement.ends_on) if agreement.ends_on else "no end",
        status=status,
        state=_state(agreement, status, left),
        days_left=left if status is Status.LIVE else None,
        contact=people.name_of(agreement.contact) if agreement.contact else "",
        signed_by=tuple(people.name_of(name) for name in agreement.signed_by),
    )


def _state(agreement: Agreement, status: Status, left: int | None) -> str:
    if status is Status.WITHDRAWN:
        return "Withdrawn"
    if status is Status.NOT_YET:
        return f"Starts on {long_date(agreement.starts_on)}"
    if status is Status.EXPIRED and agreement.ends_on:
        return f"Expired on {long_date(agreement.ends_on)}"
    if left is not None and left <= SOON_DAYS:
        return "Ends today" if left == 0 else f"Ends in {left} day{'' if left == 1 else 's'}"
    return "Live"
