"""Rules that people write: which columns they use, and whether DuckDB can compute them."""

from __future__ import annotations

from collections.abc import Sequence

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
    "now today random rand uuid gen_random_uuid current_date current_time current_timestamp "
    "get_current_time get_current_timestamp transaction_timestamp localtime localtimestamp "
    "getenv current_setting nextval currval version setseed".split()
)


def columns_of(sql: str, known: Sequence[str]) -> tuple[tuple[str, ...], tuple[str, str] | None]:
    """Columns that an expression uses, or what is wrong with it and the remedy.

    Args:
        sql: A DuckDB expression over one row.
        known: Columns of the contract; `as_of` is the day of the check.
    """
    from sqlglot import exp, parse_one
    from sqlglot.errors import SqlglotError

    shape = "Write a true-or-false DuckDB expression over the columns of one row."
    if not sql:
        return (), ("The rule has no query.", shape)
    try:
        tree = parse_one(f"SELECT {sql}", dialect="duckdb")
    except SqlglotError:
        return (), ("The query is no SQL expression.", shape)
    if not isinstance(tree, exp.Select) or len(tree.expressions) != 1 or tree.args.get("from_"):
        return (), ("The query is no single expression.", shape)
    body = tree.expressions[0]
    refused = next(
        body.find_all(exp.Query, exp.AggFunc, exp.Window, exp.Placeholder, exp.Parameter), None
    )
    if refused is not None:
        return (), ("The query looks beyond its row.", shape)
    for call in body.find_all(exp.Func):
        name = (call.name if isinstance(call, exp.Anonymous) else call.sql_name()).lower()
        if name in CLOCK_OR_CHANCE:
            return (), (
                f'The query asks "{name}", which changes from run to run.',
                "Use as_of, the day of the check.",
            )
    used: list[str] = []
    for column in body.find_all(exp.Column):
        name = column.name.lower()
        if name not in known and name != "as_of":
            return (), (f'"{column.name}" is no column.', did_you_mean(column.name, known))
        if name != "as_of" and name not in used:
            used.append(name)
    return tuple(used), None


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
                found = connection.sql(f"SELECT ({rule.sql}) AS holds FROM empty")
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
