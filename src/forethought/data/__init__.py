"""The only room that touches storage: contracts, ingestion, quality, store, vault."""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from forethought.data.checks import Checked, check
    from forethought.data.contracts import Contract, load_contract, load_contracts
    from forethought.data.deliveries import Delivery, read_delivery
    from forethought.data.disclosure import (
        Protected,
        attack,
        protect,
        protect_linked,
        safe_counts,
    )
    from forethought.data.draft import draft_contract, draft_query
    from forethought.data.exports import neutralised

__all__ = [
    "Checked",
    "Contract",
    "Delivery",
    "Protected",
    "attack",
    "check",
    "draft_contract",
    "draft_query",
    "load_contract",
    "load_contracts",
    "neutralised",
    "protect",
    "protect_linked",
    "read_delivery",
    "safe_counts",
]

LAZY = {
    "Checked": "checks",
    "check": "checks",
    "Contract": "contracts",
    "load_contract": "contracts",
    "load_contracts": "contracts",
    "Delivery": "deliveries",
    "read_delivery": "deliveries",
    "draft_contract": "draft",
    "draft_query": "draft",
    "neutralised": "exports",
    "Protected": "disclosure",
    "attack": "disclosure",
    "protect": "disclosure",
    "protect_linked": "disclosure",
    "safe_counts": "disclosure",
}


def __getattr__(name: str) -> Any:
    """Public names, imported when first used: `import forethought` stays light."""
    if name not in LAZY:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(import_module(f"{__name__}.{LAZY[name]}"), name)
