# ruff: noqa: S608 (SQL is built from names and rules that the contract's reader vetted)
"""Keys that may come twice, found by sorting hashes.

Grouping ten million keys takes three times as long as all other rules together. Two equal keys
have equal hashes, so a sorted column of hashes without equal neighbours proves that no key comes
twice; where neighbours are equal, only those few keys are looked at themselves.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from forethought.data.contracts import Contract, Rule
from forethought.data.rules import quoted

if TYPE_CHECKING:
    import duckdb

Hashes = NDArray[np.uint64]


def hash_sql(rule: Rule) -> str:
    """SQL of the hash of a key."""
    return f"hash({', '.join(map(quoted, rule.columns))})"


def is_whole_sql(rule: Rule) -> str:
    """SQL: no part of a key is missing."""
    return " AND ".join(f"{quoted(name)} IS NOT NULL" for name in rule.columns)


def suspects(
    connection: duckdb.DuckDBPyConnection, contract: Contract, typed: str
) -> Mapping[str, Hashes]:
    """Hashes that stand more than once, by `unique` rule; a rule that all rows keep is absent.

    Args:
        connection: Sees the rows.
        contract: The contract.
        typed: WITH clause that gives `typed`.
    """
    found = {}
    for rule in contract.rules:
        if rule.kind != "unique":
            continue
        sql = f"{typed} SELECT {hash_sql(rule)} AS h FROM typed WHERE {is_whole_sql(rule)}"
        hashes: Hashes = np.asarray(connection.sql(sql).fetchnumpy()["h"], dtype=np.uint64)
        hashes.sort()
        again = hashes[1:][hashes[1:] == hashes[:-1]]
        if len(again):
            found[rule.id] = np.unique(again)
    return found
