"""The duties that come with an allowed read: rows of the remit, masked columns."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from forethought.data.contracts import Contract
from forethought.trust.people import Person
from forethought.trust.roles import Permission
from forethought.trust.terms import CONFIDENTIAL, RESTRICTED, about_people, classified, stored

SENSITIVE = 4
# Columns by which a dataset tells each part of a remit, the best one first.
REMIT_COLUMNS: Mapping[str, tuple[str, ...]] = {
    "teams": ("team",),
    "localities": ("locality", "district_name", "district_code"),
    "specialisms": ("specialism",),
}
AREA = "lsoa21"
REMIT_WORDS = {"teams": "team", "localities": "locality", "specialisms": "specialism"}
SEES_SENSITIVE = frozenset({"analyst", "data_owner", "review_team_lead", "social_worker"})

Areas = Mapping[str, tuple[str, ...]]


@dataclass(frozen=True)
class RowFilter:
    """How a remit limits the rows of a dataset.

    Args:
        columns: Column to the values that pass; empty where all rows do.
        missing: Parts of the remit that the dataset cannot tell, in words.
    """

    columns: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    missing: tuple[str, ...] = ()

    @property
    def applies(self) -> bool:
        """Whether every part of the remit can be told from the rows."""
        return not self.missing


def row_filter(person: Person, contract: Contract, areas: Areas) -> RowFilter:
    """The rows of a dataset that lie in somebody's remit.

    Only roles that work with people one by one are limited so; every part of the remit must be
    told by a column, or nothing can be shown to lie in it. Restricted records never pass.

    Args:
        person: Who reads.
        contract: The dataset's contract.
        areas: Locality to the LSOAs in it, for datasets that tell no more than the LSOA.
    """
    if not (person.role.person_level and about_people(contract)):
        return RowFilter()
    present = stored(contract)
    columns: dict[str, tuple[str, ...]] = {}
    missing: list[str] = []
    for part, candidates in REMIT_COLUMNS.items():
        values: tuple[str, ...] = getattr(person.remit, part)
        if not values:
            continue
        column = next((name for name in candidates if name in present), None)
        if column is not None:
            columns[column] = values
        elif part == "localities" and AREA in present and all(name in areas for name in values):
            columns[AREA] = tuple(code for name in values for code in areas[name])
        else:
            missing.append(REMIT_WORDS[part])
    if person.remit.is_empty:
        missing.append("any remit, and theirs is empty")
    if "restricted" in present:
        columns["restricted"] = _not_restricted(contract)
    return RowFilter(columns, tuple(missing))


def _not_restricted(contract: Contract) -> tuple[str, ...]:
    kind = contract.column("restricted").type
    return ("false",) if kind == "boolean" else ("No", "no", "N", "false", "0")


def masked(person: Person, contract: Contract) -> tuple[str, ...]:
    """Columns that leave empty for somebody's role.

    What the contract classifies as restricted is for the roles that work with it; in datasets of
    sensitivity 4 and 5 that holds for what is confidential too.
    """
    if person.role.id in SEES_SENSITIVE or not person.may(Permission.READ_DATA):
        return ()
    classes = (RESTRICTED, CONFIDENTIAL) if contract.sensitivity >= SENSITIVE else (RESTRICTED,)
    return classified(contract, *classes)
