# ruff: noqa: S608 (SQL is built from names and rules that the contract's reader vetted)
"""A contract compiled to one DuckDB query over a source of rows."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date

from forethought.data.contracts import Column, Contract, Rule
from forethought.data.rules import literal, quoted
from forethought.data.semantics import tidy_sql
from forethought.errors import DataError

WHOLE = r"[+-]?[0-9]{1,19}([.]0+)?"
DECIMAL = r"[+-]?([0-9]+[.]?[0-9]*|[.][0-9]+)([eE][+-]?[0-9]{1,3})?"
DAY = r"[0-9]{4}-[0-9]{2}-[0-9]{2}([ T]00:00(:00([.]0+)?)?)?"
MOMENT = r"[0-9]{4}-[0-9]{2}-[0-9]{2}([ T][0-9]{2}:[0-9]{2}(:[0-9]{2}([.][0-9]{1,6})?)?)?"
TRUE_WORDS, FALSE_WORDS = ("true", "yes", "y", "t", "1"), ("false", "no", "n", "f", "0")
WHOLE_TYPES = frozenset({"INTEGER", "UINTEGER"}) | frozenset(
    size + "INT" for size in ("TINY", "SMALL", "BIG", "HUGE", "UTINY", "USMALL", "UBIG", "UHUGE")
)


@dataclass(frozen=True)
class Source:
    """Rows to check, as DuckDB sees them.

    Args:
        relation: What stands after FROM.
        row: Expression of the row number.
        names: The source's name of each contract column.
        types: DuckDB type of each contract column in the source.
        tidy: Text has no outer spaces and no empty values.
    """

    relation: str
    row: str
    names: Mapping[str, str]
    types: Mapping[str, str]
    tidy: bool


@dataclass(frozen=True)
class Query:
    """The parts of the compiled query.

    Args:
        common: The WITH clause; `judged` holds typed columns, their text (`<name> given`) and
            one flag per rule that says "fails".
        flags: Flag of each rule that can be evaluated, by rule id.
        refusing: Flags of the rules that refuse a row.
    """

    common: str
    flags: Mapping[str, str]
    refusing: tuple[tuple[str, str], ...]

    @property
    def refused(self) -> str:
        """Condition: some `error` rule fails."""
        return " OR ".join(flag for _, flag in self.refusing) or "FALSE"

    @property
    def rule_ids(self) -> str:
        """List of the `error` rules that a row fails."""
        ids = ", ".join(f"CASE WHEN {flag} THEN {literal(r)} END" for r, flag in self.refusing)
        return f"list_filter(CAST([{ids}] AS VARCHAR[]), lambda r: r IS NOT NULL)"


def compiled(
    contract: Contract, source: Source, *, as_of: date, references: Sequence[str]
) -> Query:
    """Compile a contract for a source.

    Args:
        contract: The contract.
        source: The rows.
        as_of: Day of the check, `as_of` in rules.
        references: Ids of `reference` rules whose values are at hand, as tables `known_<id>`.
    """
    columns = {column.name: column for column in contract.columns}
    rules = [rule for rule in contract.rules if rule.kind != "reference" or rule.id in references]
    typed = [f"{source.row} AS source_row", f"{literal(as_of)} AS as_of"]
    for column in contract.columns:
        given = given_sql(column, source)
        typed.append(f"{given} AS {quoted(column.name + ' given')}")
        typed.append(f"{typed_sql(column, given, source)} AS {quoted(column.name)}")
    steps = [f"typed AS NOT MATERIALIZED (SELECT {', '.join(typed)} FROM {source.relation})"]
    flags, joins = [], []
    for number, rule in enumerate(rules):
        if rule.kind in {"unique", "reference"}:
            step, join = _looked_up(rule, number)
            steps += step
            joins.append(join)
        flags.append(f"{_fails(rule, number, columns)} AS fails_{number}")
    steps.append(
        "judged AS NOT MATERIALIZED ("
        f"SELECT typed.*, {', '.join(flags) or 'FALSE AS none'} FROM typed {' '.join(joins)})"
    )
    named = {rule.id: f"fails_{number}" for number, rule in enumerate(rules)}
    refusing = tuple((rule.id, named[rule.id]) for rule in rules if rule.severity == "error")
    return Query("WITH " + ", ".join(steps), named, refusing)


def given_sql(column: Column, source: Source) -> str:
    """SQL of a value as it came, blank text as null."""
    name = quoted(source.names[column.name])
    kind = source.types[column.name]
    if kind.startswith("ENUM"):
        name, kind = f"CAST({name} AS VARCHAR)", "VARCHAR"
    if kind == "VARCHAR" and not source.tidy:
        return f"nullif(trim({name}), '')"
    return name


def typed_sql(column: Column, given: str, source: Source) -> str:
    """SQL of a value in the contract's type; null where it cannot be read.

    Raises:
        DataError: The source holds lists, structures or bytes.
    """
    kind = source.types[column.name]
    if kind.endswith("]") or kind.startswith(("BLOB", "STRUCT", "MAP", "UNION")):
        raise DataError(
            f"{column.name} does not hold one plain value a cell.", remedy="Deliver flat columns."
        )
    family = kind.split("(")[0].split()[0]
    direct = _DIRECT.get((column.type, "WHOLE" if family in WHOLE_TYPES else family))
    if direct is not None:
        return direct.format(given)
    text = given if family in {"VARCHAR", "ENUM"} else f"CAST({given} AS VARCHAR)"
    if column.type == "string":
        return tidy_sql(column.semantic, text)
    return _FROM_TEXT[column.type].format(text)


_WHOLE_PART = "CASE WHEN {0} = floor({0}) THEN TRY_CAST({0} AS BIGINT) END"
_FINITE = "CASE WHEN isfinite({0}) THEN CAST({0} AS DOUBLE) END"
_AS_DOUBLE = "CAST({0} AS DOUBLE)"
_DIRECT = {
    ("integer", "WHOLE"): "TRY_CAST({0} AS BIGINT)",
    ("integer", "DOUBLE"): _WHOLE_PART,
    ("integer", "FLOAT"): _WHOLE_PART,
    ("integer", "DECIMAL"): _WHOLE_PART,
    ("number", "WHOLE"): _AS_DOUBLE,
    ("number", "DECIMAL"): _AS_DOUBLE,
    ("number", "DOUBLE"): _FINITE,
    ("number", "FLOAT"): _FINITE,
    ("boolean", "BOOLEAN"): "{0}",
    ("date", "DATE"): "{0}",
    ("date", "TIMESTAMP"): "CASE WHEN {0} = date_trunc('day', {0}) THEN CAST({0} AS DATE) END",
    ("timestamp", "DATE"): "CAST({0} AS TIMESTAMP)",
    ("timestamp", "TIMESTAMP"): "CAST({0} AS TIMESTAMP)",
}


def _when_matches(pattern: str, value: str) -> str:
    escaped = pattern.replace("{", "{{").replace("}", "}}")
    return f"CASE WHEN regexp_full_match({{0}}, '{escaped}') THEN {value} END"


_YES, _NO = (", ".join(map(literal, words)) for words in (TRUE_WORDS, FALSE_WORDS))
_FROM_TEXT = {
    "integer": _when_matches(WHOLE, "TRY_CAST({0} AS BIGINT)"),
    "number": _when_matches(
        DECIMAL, "CASE WHEN isfinite(TRY_CAST({0} AS DOUBLE)) THEN TRY_CAST({0} AS DOUBLE) END"
    ),
    "boolean": f"CASE WHEN lower({{0}}) IN ({_YES}) THEN TRUE"
    f" WHEN lower({{0}}) IN ({_NO}) THEN FALSE END",
    "date": _when_matches(DAY, "TRY_CAST(left({0}, 10) AS DATE)"),
    "timestamp": _when_matches(MOMENT, "TRY_CAST({0} AS TIMESTAMP)"),
}


def _fails(rule: Rule, number: int, columns: Mapping[str, Column]) -> str:
    """SQL: the rule fails. Null and what follows from an unreadable value do not."""
    if rule.kind == "type":
        name = rule.columns[0]
        return f"({quoted(name + ' given')} IS NOT NULL AND {quoted(name)} IS NULL)"
    if rule.kind == "required":
        return f"({quoted(rule.columns[0] + ' given')} IS NULL)"
    if rule.kind == "unique":
        return f"(found_{number}.row_count IS NOT NULL)"
    if rule.kind == "reference":
        return f"({quoted(rule.columns[0])} IS NOT NULL AND found_{number}.value IS NULL)"
    unreadable = " OR ".join(
        f"({quoted(name + ' given')} IS NOT NULL AND {quoted(name)} IS NULL)"
        for name in rule.columns
        if columns[name].type != "string" and len(rule.columns) > 1
    )
    holds = f"coalesce({rule.sql}, TRUE)"
    return f"(NOT {holds} AND NOT ({unreadable}))" if unreadable else f"(NOT {holds})"


def _looked_up(rule: Rule, number: int) -> tuple[list[str], str]:
    """The step and join of a rule that needs other rows: keys that come twice, known values."""
    if rule.kind == "reference":
        value = quoted(rule.columns[0])
        return (
            [],
            f"LEFT JOIN known_{rule.id} AS found_{number} ON typed.{value} = found_{number}.value",
        )
    names = ", ".join(map(quoted, rule.columns))
    there = " AND ".join(f"{quoted(name)} IS NOT NULL" for name in rule.columns)
    step = (
        f"twice_{number} AS MATERIALIZED (SELECT {names}, count(*) AS row_count FROM typed"
        f" WHERE {there} GROUP BY {names} HAVING count(*) > 1)"
    )
    on = " AND ".join(f"typed.{quoted(n)} = found_{number}.{quoted(n)}" for n in rule.columns)
    return [step], f"LEFT JOIN twice_{number} AS found_{number} ON {on}"
