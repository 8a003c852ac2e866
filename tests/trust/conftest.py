"""A small workspace: people, contracts, agreements, gate and audit."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from datetime import date
from pathlib import Path
from typing import Any

import pytest

from forethought.data.contracts import Column, Contract, Purpose
from forethought.data.control import Control, open_control
from forethought.trust.agreements import Agreements, load_agreements
from forethought.trust.audit import AuditLog
from forethought.trust.gate import TrustGate
from forethought.trust.people import People, load_people

TODAY = date(2026, 11, 24)
KEY = b"k" * 32

PEOPLE = """
people:
  - {username: sam.okoro, name: Sam Okoro, role: analyst, organisation: Council}
  - {username: elin.marsh, name: Elin Marsh, role: data_owner, organisation: Council}
  - {username: joe.pell, name: Joe Pell, role: data_steward, organisation: Council}
  - {username: priya.nair, name: Priya Nair, role: service_manager, organisation: Council}
  - {username: tom.adeyemi, name: Tom Adeyemi, role: finance_partner, organisation: Council}
  - {username: ines.caldwell, name: Ines Caldwell, role: information_governance}
  - username: amara.lewis
    name: Amara Lewis
    role: review_team_lead
    remit: {teams: [Coast review team]}
  - username: kit.moore
    name: Kit Moore
    role: social_worker
    remit: {teams: [Coast], specialisms: [Older people]}
  - {username: ruth.hale, name: Ruth Hale, role: ethics_committee}
  - {username: dev.anand, name: Dev Anand, role: leader}
  - {username: root.admin, name: Robin Root, role: administrator}
  - {username: old.hand, name: Olga Hand, role: analyst, ends_on: 2026-11-23}
"""

AGREEMENTS = {
    "ropa-asc": """
        id: ropa-asc
        title: Adult social care planning
        kind: record_of_processing
        partner: saltmarshire
        datasets: [asc_events, asc_clients, asc_work_items, asc_finance]
        purposes: [plan-services, review-care]
        article6: public_task
        article9: health_or_social_care
        schedule1: paragraph 2
        starts_on: 2020-04-01
        contact: ines.caldwell
    """,
    "isa-housing": """
        id: isa-housing
        title: District housing
        kind: sharing
        partners: [eastwold, westwold]
        datasets: [district_housing]
        purposes: [plan-services]
        article6: public_task
        article9: health_or_social_care
        starts_on: 2025-04-01
        ends_on: 2027-03-31
        signed_by: [Elin Marsh, Ada Stone]
        contact: ines.caldwell
    """,
    "ogl": """
        id: ogl
        title: Open government licence
        kind: open_licence
        partner: statistics
        datasets: [deprivation]
        purposes: [plan-services, public-health]
        starts_on: 2020-01-01
    """,
}

PURPOSES = {
    "plan-services": Purpose(
        "plan-services",
        "Planning services and budgets",
        "public_task",
        "health_or_social_care",
        "paragraph 2",
    ),
    "review-care": Purpose(
        "review-care",
        "Review of care plans",
        "public_task",
        "health_or_social_care",
        "paragraph 2",
    ),
    "public-health": Purpose("public-health", "Public health", "public_task"),
}
NHS = Column("nhs_number", "NHS_Number", "string", semantic="nhs_number", identifier=True)


def text_column(name: str) -> Column:
    return Column(name, name, "string")


def make_contract(
    name: str,
    columns: tuple[Column, ...],
    *,
    sensitivity: int,
    purposes: tuple[str, ...],
    partners: tuple[str, ...] = ("saltmarshire",),
    classes: Mapping[str, str] | None = None,
) -> Contract:
    properties = [{"name": key, "classification": value} for key, value in (classes or {}).items()]
    return Contract(
        id=name,
        name=name,
        version="1.0.0",
        status="active",
        description="",
        owner="elin.marsh",
        steward="joe.pell",
        partners=partners,
        delivery="whole",
        key=(),
        sensitivity=sensitivity,
        minimum_count=1 if sensitivity == 1 else 10,
        maximum_error_share=0.05,
        retention_years=8,
        timeliness_column="",
        timeliness_days=0,
        purposes=tuple(PURPOSES[item] for item in purposes),
        columns=columns,
        rules=(),
        layouts=(),
        path=Path(f"{name}.yaml"),
        raw={"schema": [{"name": name, "properties": properties}]},
        fingerprint="",
    )


@pytest.fixture
def contracts() -> dict[str, Contract]:
    asc = ("plan-services", "review-care")
    made = (
        make_contract(
            "asc_events",
            (NHS, text_column("event_type"), text_column("ethnicity")),
            sensitivity=4,
            purposes=asc,
            classes={"ethnicity": "restricted", "event_type": "internal"},
        ),
        make_contract(
            "asc_clients",
            (
                NHS,
                text_column("specialism"),
                text_column("team"),
                Column("postcode", "Postcode", "string", identifier=True, derive="lsoa21"),
                Column("restricted", "Restricted", "boolean"),
            ),
            sensitivity=5,
            purposes=asc,
        ),
        make_contract("asc_work_items", (NHS, text_column("team")), sensitivity=4, purposes=asc),
        make_contract(
            "asc_finance", (text_column("service"),), sensitivity=2, purposes=("plan-services",)
        ),
        make_contract(
            "district_housing",
            (NHS, text_column("tenure")),
            sensitivity=3,
            purposes=("plan-services", "public-health"),
            partners=("eastwold", "westwold"),
        ),
        make_contract(
            "deprivation",
            (text_column("lsoa21"),),
            sensitivity=1,
            purposes=("plan-services", "public-health"),
            partners=("statistics",),
        ),
    )
    return {contract.id: contract for contract in made}


@pytest.fixture
def people(tmp_path: Path) -> People:
    path = tmp_path / "people.yaml"
    path.write_text(PEOPLE, encoding="utf-8")
    return load_people(path)


@pytest.fixture
def agreements_of(tmp_path: Path) -> Callable[..., Agreements]:
    """Agreements of the workspace, with some files' lines changed: id=(old, new)."""

    def load(**changes: tuple[str, str]) -> Agreements:
        folder = tmp_path / "agreements"
        folder.mkdir(exist_ok=True)
        for name, text in AGREEMENTS.items():
            old, new = changes.get(name.replace("-", "_"), ("", ""))
            (folder / f"{name}.yaml").write_text(text.replace(old, new) if old else text)
        return load_agreements(folder)

    return load


@pytest.fixture
def control(tmp_path: Path) -> Iterator[Control]:
    opened = open_control(tmp_path / "control.sqlite")
    yield opened
    opened.close()


@pytest.fixture
def audit(control: Control) -> AuditLog:
    return AuditLog(control, KEY)


@pytest.fixture
def gate_with(
    contracts: dict[str, Contract],
    agreements_of: Callable[..., Agreements],
    people: People,
    audit: AuditLog,
) -> Callable[..., TrustGate]:
    """A gate over the workspace; `agreements`, `today` and the gate's own options change it."""

    def make(
        agreements: Agreements | None = None, today: date = TODAY, **options: Any
    ) -> TrustGate:
        held = agreements or agreements_of()
        return TrustGate(contracts, held, people, audit, today, council="saltmarshire", **options)

    return make
