"""Agreements: which partner shares which dataset for which purpose, on which basis, until when."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from pathlib import Path
from typing import Annotated, Any, Literal

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, model_validator

from forethought.data.contracts import Contract
from forethought.errors import Problem, SpecificationError, did_you_mean
from forethought.place.yaml_files import Located, parse, read_yaml
from forethought.trust.roles import ROLES


class Kind(StrEnum):
    """What sort of paper an agreement is."""

    SHARING = "sharing"
    RECORD_OF_PROCESSING = "record_of_processing"
    OPEN_LICENCE = "open_licence"


KIND_NAMES = {
    Kind.SHARING: "information sharing agreement",
    Kind.RECORD_OF_PROCESSING: "record of processing",
    Kind.OPEN_LICENCE: "open licence",
}


class Status(StrEnum):
    """Where an agreement stands on a day."""

    NOT_YET = "not yet"
    LIVE = "live"
    EXPIRED = "expired"
    WITHDRAWN = "withdrawn"


@dataclass(frozen=True)
class Agreement:
    """One agreement.

    Args:
        id: Name in files, and of the key under which person ids leave.
        title: Name on pages.
        kind: Sharing agreement, record of processing or open licence.
        partners: Whose data it covers.
        datasets: Datasets it covers.
        purposes: Purposes it covers.
        starts_on: First day it holds.
        ends_on: Last day it holds; None for no end.
        withdrawn: Whether its file says that it was withdrawn.
        article6: Lawful basis under Article 6 of the UK GDPR.
        article9: Condition for special categories under Article 9.
        schedule1: Condition of Schedule 1 to the Data Protection Act 2018.
        signed_by: Who signed it.
        roles: Roles that may read under it; empty for all.
        contact: Whom to ask about it.
    """

    id: str
    title: str
    kind: Kind
    partners: tuple[str, ...]
    datasets: tuple[str, ...]
    purposes: tuple[str, ...]
    starts_on: date
    ends_on: date | None = None
    withdrawn: bool = False
    article6: str = ""
    article9: str = ""
    schedule1: str = ""
    signed_by: tuple[str, ...] = ()
    roles: tuple[str, ...] = ()
    contact: str = ""

    def status(self, on: date, withdrawn: Iterable[str] = ()) -> Status:
        """Where it stands on a day.

        Args:
            on: The day.
            withdrawn: Ids of agreements that the control records say were withdrawn.
        """
        if self.withdrawn or self.id in set(withdrawn):
            return Status.WITHDRAWN
        if on < self.starts_on:
            return Status.NOT_YET
        if self.ends_on is not None and on > self.ends_on:
            return Status.EXPIRED
        return Status.LIVE

    def covers(self, dataset: str, partner: str, purpose: str) -> bool:
        """Whether it speaks of a partner's dataset for a purpose, on whatever day."""
        return dataset in self.datasets and partner in self.partners and purpose in self.purposes


class Agreements:
    """The agreements of a workspace, by id."""

    def __init__(self, agreements: Iterable[Agreement]) -> None:
        self._agreements = {agreement.id: agreement for agreement in agreements}

    def __iter__(self) -> Iterator[Agreement]:
        return iter(self._agreements.values())

    def __len__(self) -> int:
        return len(self._agreements)

    def get(self, agreement: str) -> Agreement | None:
        """The agreement of that id, if there is one."""
        return self._agreements.get(agreement)

    def covering(self, dataset: str, partner: str, purpose: str) -> tuple[Agreement, ...]:
        """Every agreement that speaks of a partner's dataset for a purpose."""
        return tuple(item for item in self if item.covers(dataset, partner, purpose))

    def of_dataset(self, dataset: str) -> tuple[Agreement, ...]:
        """Every agreement that speaks of a dataset."""
        return tuple(item for item in self if dataset in item.datasets)

    def problems(self, contracts: Mapping[str, Contract]) -> list[Problem]:
        """What agreements say that the contracts do not bear out, all at once."""
        return [problem for item in self for problem in _against_contracts(item, contracts)]


def _listed(value: Any) -> Any:
    return [value] if isinstance(value, str) else value


def _text(value: Any) -> Any:
    return "" if value is None else value


Names = Annotated[tuple[str, ...], BeforeValidator(_listed)]
OptionalText = Annotated[str, BeforeValidator(_text)]


class _AgreementForm(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)

    id: str = Field(pattern=r"^[a-z0-9][a-z0-9_-]*$")
    title: str = Field(min_length=1)
    kind: Literal["sharing", "record_of_processing", "open_licence"]
    partner: Names = ()
    partners: Names = ()
    datasets: Names = Field(min_length=1)
    purposes: Names = Field(min_length=1)
    article6: OptionalText = ""
    article9: OptionalText = ""
    schedule1: OptionalText = ""
    starts_on: date
    ends_on: date | None = None
    status: Literal["live", "withdrawn"] = "live"
    signed_by: Names = ()
    roles: Names = ()
    contact: OptionalText = ""

    @model_validator(mode="after")
    def _whole(self) -> _AgreementForm:
        if not (self.partner or self.partners):
            raise ValueError("Name the partner whose data it covers.")
        if self.ends_on is not None and self.ends_on < self.starts_on:
            raise ValueError("It ends before it starts: mend ends_on or starts_on.")
        if self.kind != "open_licence" and not self.article6:
            raise ValueError("Personal data needs a basis: name article6, e.g. public_task.")
        if self.kind == "sharing" and self.ends_on is None:
            raise ValueError("A sharing agreement needs an end: name ends_on.")
        return self


def load_agreements(folder: Path) -> Agreements:
    """Read every `*.yaml` of a folder.

    Raises:
        SpecificationError: Every problem of every file at once, with file and line.
    """
    found: dict[str, tuple[Agreement, Path]] = {}
    problems: list[Problem] = []
    for path in sorted(folder.glob("*.yaml")):
        try:
            located = read_yaml(path)
            form = parse(located, _AgreementForm)
        except SpecificationError as error:
            problems += _with_file(path, error)
            continue
        problems += _of_form(form, located, found)
        found.setdefault(form.id, (_agreement(form), path))
    if problems:
        count = "1 problem" if len(problems) == 1 else f"{len(problems)} problems"
        raise SpecificationError(count, where=folder.name, problems=problems)
    return Agreements(agreement for agreement, _ in found.values())


def _with_file(path: Path, error: SpecificationError) -> list[Problem]:
    if not error.problems:
        return [Problem(error.what, error.where, error.remedy)]
    return [
        Problem(problem.what, f"{path.name} {problem.where}", problem.remedy)
        for problem in error.problems
    ]


def _of_form(
    form: _AgreementForm, located: Located, found: Mapping[str, tuple[Agreement, Path]]
) -> Iterator[Problem]:
    name = located.path.name
    if form.id in found:
        yield Problem(
            f'The id "{form.id}" is that of {found[form.id][1].name} already.',
            f"{name} line {located.line(('id',))}  id",
            "Give each agreement its own.",
        )
    for position, role in enumerate(form.roles):
        if role not in ROLES:
            yield Problem(
                f'"{role}" is no role.',
                f"{name} line {located.line(('roles', position))}  roles[{position}]",
                did_you_mean(role, ROLES),
            )


def _agreement(form: _AgreementForm) -> Agreement:
    return Agreement(
        id=form.id,
        title=form.title,
        kind=Kind(form.kind),
        partners=tuple(dict.fromkeys((*form.partner, *form.partners))),
        datasets=form.datasets,
        purposes=form.purposes,
        starts_on=form.starts_on,
        ends_on=form.ends_on,
        withdrawn=form.status == "withdrawn",
        article6=form.article6,
        article9=form.article9,
        schedule1=form.schedule1,
        signed_by=form.signed_by,
        roles=form.roles,
        contact=form.contact,
    )


def _against_contracts(
    agreement: Agreement, contracts: Mapping[str, Contract]
) -> Iterator[Problem]:
    where = f"agreement {agreement.id}"
    described = [contracts[name] for name in agreement.datasets if name in contracts]
    for name in agreement.datasets:
        if name not in contracts:
            remedy = did_you_mean(name, contracts)
            yield Problem(f'No contract describes the dataset "{name}".', where, remedy)
    known = {purpose.id for contract in described for purpose in contract.purposes}
    for purpose in agreement.purposes:
        if described and purpose not in known:
            what = f'None of its datasets\' contracts names the purpose "{purpose}".'
            yield Problem(what, where, did_you_mean(purpose, known))
    special = [
        contract.id
        for contract in described
        for purpose in contract.purposes
        if purpose.id in agreement.purposes and purpose.article9
    ]
    if special and not agreement.article9 and agreement.kind is not Kind.OPEN_LICENCE:
        what = f"It names no condition of Article 9, but {special[0]} has special categories."
        yield Problem(what, where, "Add article9, as the contract has it.")
    for contract in described:
        if not set(agreement.partners) & set(contract.partners):
            what = f"None of its partners delivers {contract.id}."
            yield Problem(what, where, did_you_mean(agreement.partners[0], contract.partners))
