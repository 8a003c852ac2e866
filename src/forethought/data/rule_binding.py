"""Rules that people write: which columns they use, and whether DuckDB can compute them."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from forethought.data.contracts import Column, Rule
from forethought.data.rules import quoted
from forethought.errors import did_you_mean

DUCKDB_TYPES = {
    "string": "VARCHAR",
    "integer": "BIGINT",
    "number": "DOUBLE",
    "boolean": "BOOLEAN",
    "date": "DATE",
    "timestamp": "TIMESTAMP",
}
CLOCK_OR_CHANCE = frozenset(
    {
        *("now", "today", "current_date", "current_time", "current_timestamp", "localtime"),
        *("localtimestamp", "get_current_time", "get_current_timestamp", "transaction_timestamp"),
        *("random", "rand", "uuid", "gen_random_uuid", "setseed", "nextval", "currval"),
        *("getenv", "current_setting", "version"),
    }
)
SHAPE = "Write a true-or-false DuckDB expression over the columns of one row."


def columns_of(sql: str, known: Sequence[str]) -> tuple[tuple[str, ...], tuple[str, str] | None]:
    """Columns that an expression uses, or what is wrong with it and the remedy.

    Args:
        sql: A DuckDB expression over one row.
        known: Columns of the contract; `as_of` is the day of the check.
    """
    from sqlglot import exp, parse_one
    from sqlglot.errors import SqlglotError

    try:
        tree = parse_one(f"SELECT {sql}", dialect="duckdb")
    except SqlglotError:
        tree = exp.Null()
    if not isinstance(tree, exp.Select) or len(tree.expressions) != 1 or set(_clauses(tree)):
        return (), ("The query is no single expression.", SHAPE)
    body = tree.expressions[0]
    beyond = (exp.Query, exp.AggFunc, exp.Window, exp.Placeholder, exp.Parameter)
    if body.find(*beyond) is not None:
        return (), ("The query looks beyond its row.", SHAPE)
    for call in body.find_all(exp.Func):
        name = (call.name if isinstance(call, exp.Anonymous) else call.sql_name()).lower()
        if name in CLOCK_OR_CHANCE:
            what = f'The query asks "{name}", which changes from run to run.'
            return (), (what, "Use as_of, the day of the check.")
    used = dict.fromkeys(column.name.lower() for column in body.find_all(exp.Column))
    unknown = next((name for name in used if name not in {*known, "as_of"}), None)
    if unknown is not None:
        return (), (f'"{unknown}" is no column.', did_you_mean(unknown, known))
    return tuple(name for name in used if name != "as_of"), None


def _clauses(tree: Any) -> list[str]:
    """Parts of a SELECT beyond its expressions: FROM, WHERE, ..."""
    return [
        name for name, part in tree.args.items() if part and name not in {"expressions", "kind"}
    ]


def binding_problems(
    columns: Sequence[Column], rules: Sequence[Rule]
) -> list[tuple[str, str, str]]:
    """Rules that DuckDB refuses on an empty table: rule id, what is wrong, remedy."""
    if not rules:
        return []
    import duckdb

    problems = []
    declared = ", ".join(f"{quoted(c.name)} {DUCKDB_TYPES[c.type]}" for c in columns)
    with duckdb.connect() as connection:
        connection.execute(f"CREATE TABLE empty ({declared}, as_of DATE)")
        for rule in rules:
            try:
                found = connection.sql(f"SELECT ({rule.sql}) AS holds FROM empty")  # noqa: S608 (vetted)
                kind = str(found.types[0])
                found.fetchall()
            except duckdb.Error as error:
                lines = str(error).splitlines()
                problems.append(
                    (rule.id, f"DuckDB says: {lines[0]}", "Mend the bound, pattern or expression.")
                )
                continue
            if kind != "BOOLEAN":
                problems.append(
                    (
                        rule.id,
                        f"The rule gives a {kind.lower()}, not true or false.",
                        "Write it as a comparison.",
                    )
                )
    return problems
