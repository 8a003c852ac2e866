"""Wires settings, contracts, people, agreements, keys, control records, gate and store."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any

from forethought.errors import StoreError
from forethought.workspace.boundaries import areas_by_district, read_boundaries
from forethought.workspace.settings import Settings, load_settings

if TYPE_CHECKING:
    from forethought.data.contracts import Contract
    from forethought.data.control import Control
    from forethought.data.keys import KeyRing
    from forethought.data.store import Store
    from forethought.insights.base import InsightSpec
    from forethought.plan.simulation.pathway import Pathway
    from forethought.trust.accounts import Accounts
    from forethought.trust.agreements import Agreements
    from forethought.trust.audit import AuditLog
    from forethought.trust.gate import TrustGate
    from forethought.trust.people import People

ABOUT_FILE = "store.json"
CONTROL_FILE = "control.sqlite"


@dataclass(frozen=True)
class Wiring:
    """The parts of one workspace, each made when first used.

    Args:
        path: Folder of the workspace.
    """

    path: Path

    @cached_property
    def settings(self) -> Settings:
        """`forethought.toml`."""
        return load_settings(self.path)

    @property
    def store_path(self) -> Path:
        """Folder of the store."""
        return self.path / self.settings.store.folder

    @cached_property
    def contracts(self) -> dict[str, Contract]:
        """Data contracts by dataset."""
        from forethought.data.contracts import load_contracts

        return load_contracts(self.path / "contracts")

    @cached_property
    def agreements(self) -> Agreements:
        """Sharing agreements, records of processing, open licences."""
        from forethought.trust.agreements import load_agreements

        return load_agreements(self.path / "agreements")

    @cached_property
    def people(self) -> People:
        """People and their roles."""
        from forethought.trust.people import load_people

        return load_people(self.path)

    @cached_property
    def specs(self) -> dict[str, InsightSpec]:
        """Declared insights by id, upstream first."""
        from forethought.insights.specs import load_specs

        return load_specs(self.path / "insights")

    @cached_property
    def pathways(self) -> dict[str, Pathway]:
        """Service pathways by name."""
        from forethought.plan.simulation.pathway_file import load_pathways

        return load_pathways(self.path / "pathways")

    @cached_property
    def keys(self) -> KeyRing:
        """The key ring, from outside the store."""
        from forethought.data.keys import KeyRing, key_path

        return KeyRing.load(key_path(self.settings.store.id))

    @cached_property
    def control(self) -> Control:
        """Control records: accounts, approvals, the audit chain."""
        from forethought.data.control import open_control

        if not (self.store_path / ABOUT_FILE).is_file():
            raise StoreError(
                "There is no store here.",
                where=str(self.store_path),
                remedy="Restore a backup: forethought restore; or make one: forethought init.",
            )
        return open_control(self.store_path / CONTROL_FILE)

    @cached_property
    def audit(self) -> AuditLog:
        """The audit chain."""
        from forethought.trust.audit import AuditLog

        return AuditLog(self.control, self.keys.sub_key("audit"))

    @cached_property
    def accounts(self) -> Accounts:
        """Local accounts."""
        from forethought.trust.accounts import Accounts

        return Accounts(self.control, self.people, self.audit, today=self.settings.day)

    @cached_property
    def gate(self) -> TrustGate:
        """What decides each read."""
        from forethought.trust.gate import TrustGate

        return TrustGate(
            contracts=self.contracts,
            agreements=self.agreements,
            people=self.people,
            audit=self.audit,
            today=self.settings.day,
            council=self.settings.place.partner,
            areas=areas_by_district(self.geometry()),
        )

    @cached_property
    def store(self) -> Store:
        """The open store."""
        from forethought.data.store import Store

        return Store.open(self.store_path, self.keys, self.gate, audit_head=self.audit_head)

    def audit_head(self) -> str:
        """The head of the audit chain, as each manifest signs it."""
        return json.dumps(self.audit.head(), sort_keys=True)

    @cached_property
    def _geometry(self) -> dict[str, Any]:
        return read_boundaries(self.path, self.settings.place)

    def geometry(self) -> Mapping[str, Any]:
        """Boundaries by level: the GeoJSON files of the workspace's geography folder."""
        return self._geometry


def now() -> datetime:
    """The clock of receipts."""
    return datetime.now(tz=UTC)
