"""The gate: what a store asks before rows leave, and the answer it obeys.

`trust` implements `Gate`; a store does not open without one.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any, Protocol, runtime_checkable


@dataclass(frozen=True)
class ReadRequest:
    """Who wants to read which columns of which dataset, and why.

    Args:
        person: Username of the reader.
        purpose: Purpose id, as contracts and agreements name it.
        dataset: Dataset read.
        columns: Columns asked for; empty asks for all of them.
        reason: The reader's words, for the audit.
        insight: Insight that reads, if one does.
        run_id: Run that reads, if one does.
    """

    person: str
    purpose: str
    dataset: str
    columns: tuple[str, ...] = ()
    reason: str = ""
    insight: str = ""
    run_id: str = ""


@dataclass(frozen=True)
class Decision:
    """The answer to a request, with the duties that come with it.

    Args:
        allowed: Whether rows may leave.
        reason: Why, in a sentence the reader sees.
        ask: Whom to ask where it is refused.
        basis: Agreement or record of processing that allows it.
        rekey: Agreement under whose key person and household ids leave; where empty, the ids
            leave under a key of the purpose. The store's own pseudonyms never leave.
        minimum_count: Smallest count that may be published from these rows.
        row_filter: Column to the allowed value or values; all must hold, and a row without a
            value does not pass. None keeps every row.
        masked: Columns that leave empty.
        partners: Partners whose rows may leave; None where the rows of all may.
        left_out: Partner to why their rows stay, in words; none of them is in `partners`.
    """

    allowed: bool
    reason: str = ""
    ask: str = ""
    basis: str = ""
    rekey: str = ""
    minimum_count: int = 10
    row_filter: Mapping[str, Any] | None = None
    masked: tuple[str, ...] = ()
    partners: tuple[str, ...] | None = None
    left_out: Mapping[str, str] = field(default_factory=dict)

    def covers(self, partner: str) -> bool:
        """Whether rows that a partner delivered may leave."""
        return self.partners is None or partner in self.partners


@runtime_checkable
class Gate(Protocol):
    """Decides each read, and records it before rows leave."""

    def decide(self, request: ReadRequest) -> Decision:
        """Whether the request is allowed, why, and with which duties."""
        ...

    def record(self, request: ReadRequest, decision: Decision) -> None:
        """Write request and decision to the audit; if this raises, no row leaves."""
        ...


def partner_names(partners: Iterable[str]) -> str:
    """Partners as pages write them: `Wexlow, Yarnbourne`."""
    return ", ".join(name.replace("-", " ").replace("_", " ").title() for name in partners)


def left_out_words(left_out: Mapping[str, str]) -> tuple[str, ...]:
    """Whose rows were left out and why, a sentence for each reason."""
    by_reason: dict[str, list[str]] = {}
    for partner, why in left_out.items():
        by_reason.setdefault(why, []).append(partner)
    return tuple(
        f"Rows of {partner_names(partners)} left out: {why}." for why, partners in by_reason.items()
    )
