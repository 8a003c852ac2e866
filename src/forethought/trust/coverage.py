"""Which papers cover a dataset for a purpose, partner by partner, and how they stand."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from datetime import date

from forethought.data.contracts import Contract
from forethought.trust.agreements import Agreement, Agreements, Kind, Status
from forethought.trust.terms import OPEN

LIVE, NONE, OTHER_ROLE = "live", "none", "other role"
# The nearest to being live first: what a refused reader is told about.
NEARNESS = (Status.EXPIRED, Status.WITHDRAWN, Status.NOT_YET)


@dataclass(frozen=True)
class Coverage:
    """How a dataset is covered for a purpose.

    Args:
        standing: `live` where some partner's part is; else how the first one's stands: `not yet`,
            `expired`, `withdrawn`, `none`, `other role`.
        agreements: The live ones, or the one that stands in the way.
        needed: The kind of paper that is needed.
        partners: Partners whose parts are covered.
        lacking: Partner to how their part stands, where it is not covered.
    """

    standing: str
    agreements: tuple[Agreement, ...]
    needed: Kind
    partners: tuple[str, ...] = ()
    lacking: Mapping[str, Coverage] = field(default_factory=dict)

    @property
    def papers(self) -> frozenset[str]:
        """Every agreement that speaks of some partner's part, live or not."""
        held = {agreement.id for agreement in self.agreements}
        return frozenset(held.union(*(found.papers for found in self.lacking.values())))


class Papers:
    """The agreements, and what each partner's data need.

    Args:
        agreements: The workspace's agreements.
        council: The partner that is the council itself; empty: every partner that has a record
            of processing.
    """

    def __init__(self, agreements: Agreements, council: str = "") -> None:
        self._agreements = agreements
        recorded = (item for item in agreements if item.kind is Kind.RECORD_OF_PROCESSING)
        self._own = {council} if council else {name for item in recorded for name in item.partners}

    def needed(self, contract: Contract, partner: str) -> Kind:
        """The kind of paper that a partner's part of a dataset needs."""
        if contract.sensitivity == OPEN:
            return Kind.OPEN_LICENCE
        return Kind.RECORD_OF_PROCESSING if partner in self._own else Kind.SHARING

    def coverage(
        self,
        contract: Contract,
        purpose: str,
        role: str,
        on: date,
        withdrawn: Collection[str] = (),
    ) -> Coverage:
        """How a dataset is covered, partner by partner.

        Args:
            contract: The dataset's contract.
            purpose: Purpose of the read.
            role: Role of the reader.
            on: The day.
            withdrawn: Agreements that the control records say were withdrawn.
        """
        live: dict[str, Agreement] = {}
        covered: list[str] = []
        lacking: dict[str, Coverage] = {}
        for partner in contract.partners:
            found = self._of_partner(contract, partner, purpose, role, on, withdrawn)
            if found.standing == LIVE:
                live |= {agreement.id: agreement for agreement in found.agreements}
                covered.append(partner)
            else:
                lacking[partner] = found
        needed = self.needed(contract, contract.partners[0]) if contract.partners else Kind.SHARING
        if live:
            return Coverage(LIVE, tuple(live.values()), needed, tuple(covered), lacking)
        first = next(iter(lacking.values()), Coverage(NONE, (), needed))
        return Coverage(first.standing, first.agreements, first.needed, (), lacking)

    def _of_partner(
        self,
        contract: Contract,
        partner: str,
        purpose: str,
        role: str,
        on: date,
        withdrawn: Collection[str],
    ) -> Coverage:
        needed = self.needed(contract, partner)
        # A paper for personal data covers open data too; the other way round it does not.
        papers = [
            item
            for item in self._agreements.covering(contract.id, partner, purpose)
            if item.kind is needed or needed is Kind.OPEN_LICENCE
        ]
        live = [item for item in papers if item.status(on, withdrawn) is Status.LIVE]
        fitting = [item for item in live if not item.roles or role in item.roles]
        if fitting:
            return Coverage(LIVE, (fitting[0],), needed)
        if live:
            return Coverage(OTHER_ROLE, (live[0],), needed)
        for status in NEARNESS:
            for item in papers:
                if item.status(on, withdrawn) is status:
                    return Coverage(str(status), (item,), needed)
        return Coverage(NONE, (), needed)
