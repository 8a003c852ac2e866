"""What a data contract says that matters to trust: whom it is about, what it hides."""

from __future__ import annotations

from forethought.data.contracts import Contract

OPEN = 1
REFERENCE = "person_reference"
RESTRICTED = "restricted"
CONFIDENTIAL = "confidential"


def about_people(contract: Contract) -> bool:
    """Whether its rows are about single people: some column identifies or refers to one."""
    return any(column.identifier or column.semantic == REFERENCE for column in contract.columns)


def vaulted(contract: Contract) -> tuple[str, ...]:
    """Columns that lie in the identity vault; references leave as pseudonyms instead."""
    return tuple(
        column.name
        for column in contract.columns
        if column.identifier and column.semantic != REFERENCE
    )


def stored(contract: Contract) -> frozenset[str]:
    """Columns that the store can hold of it: what is not vaulted, and what stands in for it."""
    derived = {column.derive for column in contract.columns if column.derive}
    names = {column.name for column in contract.columns} - set(vaulted(contract))
    return frozenset(names | derived)


def classified(contract: Contract, *classes: str) -> tuple[str, ...]:
    """Stored columns to which the contract gives one of these ODCS classifications."""
    found = _classes(contract.raw)
    hidden = set(vaulted(contract))
    return tuple(
        column.name
        for column in contract.columns
        if column.name not in hidden and found.get(column.name) in classes
    )


def _classes(raw: object) -> dict[str, str]:
    tables = raw.get("schema") if isinstance(raw, dict) else None
    return {
        str(item.get("name")): str(item.get("classification") or "").lower()
        for table in tables or []
        for item in table.get("properties") or []
    }
