"""Every role, dataset and purpose: who may read what, as a table that a person can check."""

from __future__ import annotations

from collections.abc import Callable

import cedarpy
import pytest

from forethought.data.contracts import Contract
from forethought.data.gate import ReadRequest
from forethought.errors import SpecificationError
from forethought.trust.gate import TrustGate
from forethought.trust.people import People
from forethought.trust.policy import PolicyBook, house_policies, policy_text, schema_text
from forethought.trust.roles import ROLES

PURPOSES = ("plan-services", "review-care", "public-health", "run-platform")
READS = """
    role                   | dataset          | purposes
    analyst                | asc_events       | plan-services review-care
    analyst                | asc_clients      | plan-services review-care
    analyst                | asc_work_items   | plan-services review-care
    analyst                | asc_finance      | plan-services
    analyst                | district_housing | plan-services
    analyst                | deprivation      | plan-services public-health
    data_owner             | asc_events       | plan-services review-care
    data_owner             | asc_clients      | plan-services review-care
    data_owner             | asc_work_items   | plan-services review-care
    data_owner             | asc_finance      | plan-services
    data_owner             | district_housing | plan-services
    data_owner             | deprivation      | plan-services public-health
    data_steward           | asc_events       | plan-services review-care
    data_steward           | asc_clients      | plan-services review-care
    data_steward           | asc_work_items   | plan-services review-care
    data_steward           | asc_finance      | plan-services
    data_steward           | district_housing | plan-services
    data_steward           | deprivation      | plan-services public-health
    service_manager        | asc_finance      | plan-services
    service_manager        | deprivation      | plan-services public-health
    finance_partner        | asc_finance      | plan-services
    finance_partner        | deprivation      | plan-services public-health
    information_governance | asc_finance      | plan-services
    information_governance | deprivation      | plan-services public-health
    review_team_lead       | asc_work_items   | review-care
    review_team_lead       | asc_clients      | review-care
    review_team_lead       | asc_finance      | plan-services
    review_team_lead       | deprivation      | plan-services public-health
    social_worker          | asc_clients      | review-care
    social_worker          | asc_finance      | plan-services
    social_worker          | deprivation      | plan-services public-health
    ethics_committee       | deprivation      | plan-services public-health
    leader                 | deprivation      | plan-services public-health
    administrator          | asc_finance      | plan-services
    administrator          | deprivation      | plan-services public-health
"""


def allowed_reads() -> set[tuple[str, str, str]]:
    lines = [line.split("|") for line in READS.strip().splitlines()[1:]]
    return {
        (role.strip(), dataset.strip(), purpose)
        for role, dataset, purposes in lines
        for purpose in purposes.split()
    }


def test_the_matrix_of_role_dataset_and_purpose(
    gate_with: Callable[..., TrustGate], contracts: dict[str, Contract], people: People
) -> None:
    gate = gate_with()
    found, silent = set(), []
    for role in ROLES:
        person = people.of_role(role)[0]
        for dataset in contracts:
            for purpose in PURPOSES:
                decision = gate.decide(ReadRequest(person.username, purpose, dataset))
                if decision.allowed:
                    found.add((role, dataset, purpose))
                elif not (decision.reason and decision.ask):
                    silent.append((role, dataset, purpose))
    assert found == allowed_reads()
    assert silent == [], "each refusal says why and whom to ask"


def test_no_role_reads_people_one_by_one_without_a_remit(
    gate_with: Callable[..., TrustGate], contracts: dict[str, Contract], people: People
) -> None:
    gate = gate_with()
    for person in people:
        if person.role.person_level:
            for dataset in contracts:
                decision = gate.decide(ReadRequest(person.username, "review-care", dataset))
                assert not decision.allowed or decision.row_filter, (person.username, dataset)


def test_the_policies_fit_their_schema() -> None:
    checked = cedarpy.validate_policies(policy_text(), schema_text())
    assert checked.validation_passed, [str(error) for error in checked.errors]


def test_every_forbid_says_why_and_whom_to_ask() -> None:
    for policy in house_policies().policies.values():
        if policy.effect == "forbid":
            assert policy.reason, policy.id
            assert policy.ask in {"administrator", "owner", "governance", "contact"}, policy.id


PERSON = {
    "username": "a",
    "role": "analyst",
    "permissions": ["read_data"],
    "active": True,
    "personLevel": False,
}
DATASET = {
    "id": "d",
    "owner": "o",
    "steward": "s",
    "sensitivity": 1,
    "aboutPeople": False,
    "purposes": ["p"],
}
CONTEXT = {"purpose": "p", "agreement": "live", "remitApplies": True, "identifiers": False}


def test_without_a_policy_nothing_is_allowed() -> None:
    verdict = PolicyBook.of("").ask("read", PERSON, DATASET, CONTEXT)
    assert not verdict.allowed


def test_a_forbid_overrides_every_permit() -> None:
    book = PolicyBook.of("permit (principal, action, resource);\n" + policy_text())
    assert book.ask("read", PERSON, DATASET, CONTEXT).allowed
    expired = {**CONTEXT, "agreement": "expired"}
    verdict = book.ask("read", PERSON, DATASET, expired)
    assert not verdict.allowed
    assert [policy.id for policy in verdict.by] == ["agreement-expired"]


def test_a_policy_that_fails_to_evaluate_refuses() -> None:
    book = PolicyBook.of(
        "permit (principal, action, resource);\n"
        "forbid (principal, action, resource) when { principal.nothing == 1 };"
    )
    assert not book.ask("read", PERSON, DATASET, CONTEXT).allowed


def test_text_that_is_no_policy_is_refused() -> None:
    with pytest.raises(SpecificationError, match="no Cedar policies"):
        PolicyBook.of("permit everything")
