"""What a contract declares, as rules: one DuckDB expression each, true or null where it holds."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import date, datetime
from typing import Any

from forethought.data.contracts import Column, Dimension, Rule, Severity
from forethought.data.semantics import DESCRIPTIONS, rule_sql

SHOWN_CODES = 8


def quoted(name: str) -> str:
    """A column name as a DuckDB identifier."""
    return '"' + name.replace('"', '""') + '"'


def literal(value: Any) -> str:
    """A value as a DuckDB literal."""
    if isinstance(value, bool):
        return "TRUE" if value else "FALSE"
    if isinstance(value, int | float):
        return repr(value)
    if isinstance(value, datetime):
        return f"TIMESTAMP '{value.isoformat(sep=' ')}'"
    if isinstance(value, date):
        return f"DATE '{value.isoformat()}'"
    return "'" + str(value).replace("'", "''") + "'"


def typed_literal(value: Any, column: Column) -> str:
    """A bound or code of a column, in the column's type."""
    if column.type in {"date", "timestamp"} and isinstance(value, str):
        return f"{column.type.upper()} {literal(value)}"
    return literal(value)


def type_rule(column: Column) -> Rule:
    """The rule that a value can be read as the column's type."""
    words = {
        "string": "text",
        "integer": "a whole number",
        "number": "a number",
        "boolean": "yes or no",
        "date": "a date",
        "timestamp": "a date and time",
    }
    return Rule(
        id=f"{column.name}_type",
        columns=(column.name,),
        dimension="validity",
        severity="error",
        description=f"{column.heading} is {words[column.type]}.",
        sql="TRUE",
        kind="type",
    )


def required_rule(column: Column, severity: Severity = "error", rule_id: str = "") -> Rule:
    """The rule that a value is there."""
    return Rule(
        id=rule_id or f"{column.name}_required",
        columns=(column.name,),
        dimension="completeness",
        severity=severity,
        description=f"{column.heading} is filled in.",
        sql=f"{quoted(column.name)} IS NOT NULL",
        kind="required",
    )


def unique_rule(
    columns: Sequence[Column], rule_id: str, severity: Severity = "error", words: str = ""
) -> Rule:
    """The rule that no two rows agree on all of these columns."""
    names = ", ".join(quoted(column.name) for column in columns)
    headings = " and ".join(column.heading for column in columns)
    return Rule(
        id=rule_id,
        columns=tuple(column.name for column in columns),
        dimension="uniqueness",
        severity=severity,
        description=words or f"No two rows have the same {headings}.",
        sql=f"count(*) OVER (PARTITION BY {names}) = 1",
        kind="unique",
    )


def row_rule(
    column: Column,
    suffix: str,
    sql: str,
    words: str,
    severity: Severity = "error",
    dimension: Dimension = "validity",
) -> Rule:
    """A rule on the value of one column."""
    return Rule(
        id=f"{column.name}_{suffix}",
        columns=(column.name,),
        dimension=dimension,
        severity=severity,
        description=f"{column.heading} {words}.",
        sql=sql,
    )


def semantic_rule(column: Column, severity: Severity) -> Rule | None:
    """The rule that comes with what the values are."""
    sql = rule_sql(column.semantic, quoted(column.name))
    if not sql:
        return None
    words = DESCRIPTIONS[column.semantic]
    return row_rule(column, f"is_{column.semantic}", sql, words, severity)


def codes_rule(column: Column, codes: Iterable[Any], severity: Severity = "error") -> Rule:
    """The rule that a value is in a list."""
    return row_rule(column, "codes", codes_sql(column, codes), codes_words(codes), severity)


def codes_sql(column: Column, codes: Iterable[Any]) -> str:
    """SQL: the value is one of the codes."""
    values = ", ".join(typed_literal(code, column) for code in codes)
    return f"{quoted(column.name)} IN ({values})"


def codes_words(codes: Iterable[Any]) -> str:
    """A code list in words, shortened."""
    names = [str(code) for code in codes]
    shown = ", ".join(names[:SHOWN_CODES])
    more = f" or one of {len(names) - SHOWN_CODES} more" if len(names) > SHOWN_CODES else ""
    return f"is one of: {shown}{more}"


def pattern_sql(column: Column, pattern: str) -> str:
    """SQL: the whole value matches a regular expression (RE2)."""
    return f"regexp_full_match({quoted(column.name)}, {literal(pattern)})"


def option_rules(column: Column, options: Mapping[str, Any]) -> list[Rule]:
    """The rules in a column's `logicalTypeOptions`."""
    name = quoted(column.name)
    rules = []
    bounds = [
        f"{name} {sign} {typed_literal(options[option], column)}"
        for option, sign in BOUNDS.items()
        if option in options
    ]
    if bounds:
        words = " and ".join(
            f"{BOUND_WORDS[option]} {options[option]}" for option in BOUNDS if option in options
        )
        rules.append(row_rule(column, "range", " AND ".join(bounds), f"is {words}"))
    if "multipleOf" in options:
        step = literal(options["multipleOf"])
        sql = f"abs({name} / {step} - round({name} / {step})) < 1e-9"
        rules.append(row_rule(column, "step", sql, f"is a multiple of {step}"))
    lengths = [
        f"length({name}) {sign} {literal(options[option])}"
        for option, sign in LENGTHS.items()
        if option in options
    ]
    if lengths:
        words = " and ".join(
            f"{LENGTH_WORDS[option]} {options[option]}" for option in LENGTHS if option in options
        )
        sql = " AND ".join(lengths)
        rules.append(row_rule(column, "length", sql, f"has {words} characters"))
    if "pattern" in options:
        sql = pattern_sql(column, str(options["pattern"]))
        rules.append(row_rule(column, "pattern", sql, "has the declared form"))
    return rules


BOUNDS = {
    "minimum": ">=",
    "exclusiveMinimum": ">",
    "maximum": "<=",
    "exclusiveMaximum": "<",
}
BOUND_WORDS = {
    "minimum": "at least",
    "exclusiveMinimum": "above",
    "maximum": "at most",
    "exclusiveMaximum": "below",
}
LENGTHS = {"minLength": ">=", "maxLength": "<="}
LENGTH_WORDS = {"minLength": "at least", "maxLength": "at most"}
