"""Roles, and what each may do. Which data a role may read is said in `policies/*.cedar`."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from forethought.errors import SpecificationError, did_you_mean


class Permission(StrEnum):
    """What a role may do here, apart from which data it may read."""

    SEE_RESULTS = "see_results"
    READ_DATA = "read_data"
    RUN_INSIGHTS = "run_insights"
    INGEST_DATA = "ingest_data"
    SEE_PEOPLE = "see_people"
    SEE_AUDIT = "see_audit"
    ADVISE = "advise"
    DECIDE = "decide"
    WITHDRAW = "withdraw"
    ERASE = "erase"
    MANAGE_ACCOUNTS = "manage_accounts"


@dataclass(frozen=True)
class Role:
    """A role.

    Args:
        id: Name in files.
        name: Name on pages.
        permissions: What it may do.
        person_level: Whether it works with people in its remit, one by one.
    """

    id: str
    name: str
    permissions: frozenset[Permission]
    person_level: bool = False


_P = Permission
ROLES: dict[str, Role] = {
    role.id: role
    for role in (
        Role(
            "analyst",
            "Analyst",
            frozenset({_P.SEE_RESULTS, _P.READ_DATA, _P.RUN_INSIGHTS, _P.INGEST_DATA}),
        ),
        Role("service_manager", "Service manager", frozenset({_P.SEE_RESULTS, _P.READ_DATA})),
        Role("finance_partner", "Finance partner", frozenset({_P.SEE_RESULTS, _P.READ_DATA})),
        Role(
            "data_owner",
            "Data owner",
            frozenset(
                {
                    _P.SEE_RESULTS,
                    _P.READ_DATA,
                    _P.RUN_INSIGHTS,
                    _P.SEE_AUDIT,
                    _P.DECIDE,
                    _P.WITHDRAW,
                }
            ),
        ),
        Role(
            "data_steward",
            "Data steward",
            frozenset({_P.SEE_RESULTS, _P.READ_DATA, _P.INGEST_DATA}),
        ),
        Role(
            "information_governance",
            "Information governance lead",
            frozenset(
                {_P.SEE_RESULTS, _P.READ_DATA, _P.SEE_AUDIT, _P.ADVISE, _P.WITHDRAW, _P.ERASE}
            ),
        ),
        Role(
            "review_team_lead",
            "Review team lead",
            frozenset({_P.SEE_RESULTS, _P.READ_DATA, _P.SEE_PEOPLE}),
            person_level=True,
        ),
        Role(
            "social_worker",
            "Social worker",
            frozenset({_P.SEE_RESULTS, _P.READ_DATA, _P.SEE_PEOPLE}),
            person_level=True,
        ),
        Role("ethics_committee", "Ethics committee", frozenset({_P.SEE_RESULTS, _P.ADVISE})),
        Role("leader", "Leader", frozenset({_P.SEE_RESULTS, _P.DECIDE})),
        Role(
            "administrator",
            "Administrator",
            frozenset({_P.READ_DATA, _P.INGEST_DATA, _P.MANAGE_ACCOUNTS}),
        ),
    )
}


def role(name: str) -> Role:
    """The role of that name.

    Raises:
        SpecificationError: There is none; the nearest one is named.
    """
    try:
        return ROLES[name]
    except KeyError:
        raise SpecificationError(
            f'"{name}" is no role.', remedy=did_you_mean(name, ROLES)
        ) from None
