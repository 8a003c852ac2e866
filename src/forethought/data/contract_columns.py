"""Columns and quality rules of a contract file."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, Any, cast, get_args

from forethought.data.contract_blocks import ColumnBlock
from forethought.data.contracts import DIMENSIONS, Column, ColumnType, Dimension, Rule, Severity
from forethought.data.rules import (
    codes_rule,
    codes_sql,
    codes_words,
    option_rules,
    pattern_sql,
    required_rule,
    row_rule,
    semantic_rule,
    type_rule,
    unique_rule,
)
from forethought.errors import did_you_mean
from forethought.place.yaml_files import Place

if TYPE_CHECKING:
    from forethought.data.contract_files import ContractReader

TYPES: tuple[str, ...] = get_args(ColumnType)
OPTIONS: Mapping[str, tuple[str, ...]] = {
    "string": ("minLength", "maxLength", "pattern", "format"),
    "integer": ("minimum", "maximum", "exclusiveMinimum", "exclusiveMaximum", "multipleOf"),
    "number": ("minimum", "maximum", "exclusiveMinimum", "exclusiveMaximum", "multipleOf"),
    "boolean": (),
    "date": ("minimum", "maximum", "exclusiveMinimum", "exclusiveMaximum", "format"),
    "timestamp": ("minimum", "maximum", "exclusiveMinimum", "exclusiveMaximum", "format"),
}
METRICS = ("nullValues", "missingValues", "invalidValues", "duplicateValues")
RESERVED = ("source_row", "rule_ids", "as_of", "person_id", "household_id", "birth_month")
TYPE_OF_SEMANTIC = {"date_of_birth": "date"}


def extension(item: Mapping[str, Any], place: Place) -> tuple[Place, Any] | None:
    """The `forethought` part of an object's customProperties, and where it stands."""
    for position, part in enumerate(item.get("customProperties") or []):
        if part.get("property") == "forethought":
            return (*place, "customProperties", position, "value"), part.get("value")
    return None


class ColumnReader:
    """Reads the columns and rules of a contract, noting problems with the contract's reader.

    Args:
        contract: The reader of the whole file.
    """

    def __init__(self, contract: ContractReader) -> None:
        self.contract = contract
        self.say = contract.say

    def read(self, item: Mapping[str, Any], place: Place) -> tuple[Column | None, list[Rule]]:
        """A column and its rules; None where the column cannot be read."""
        name = str(item.get("name") or "")
        if not re.fullmatch(r"[a-z][a-z0-9_]*", name) or name in RESERVED:
            self.say(
                (*place, "name"),
                f'"{name}" is no column name.',
                "Use small letters, digits and underscores"
                + (", and no name that the store uses itself." if name in RESERVED else "."),
            )
            return None, []
        kind = str(item.get("logicalType") or "")
        if kind not in TYPES:
            self.say(
                (*place, "logicalType"),
                f'"{kind}" is no type of a column.',
                did_you_mean(kind, TYPES),
            )
            return None, []
        found = extension(item, place)
        block = self.contract.parsed(found[1], ColumnBlock, found[0]) if found else ColumnBlock()
        if block is None:
            return None, []
        options = self._options(item.get("logicalTypeOptions") or {}, kind, place)
        column = Column(
            name=name,
            heading=str(item.get("physicalName") or name),
            type=cast("ColumnType", kind),
            required=bool(item.get("required") or item.get("primaryKey")),
            unique=bool(item.get("unique")),
            semantic=block.semantic,
            identifier=block.identifier,
            derive=block.derive,
            critical=bool(item.get("criticalDataElement")),
            description=str(item.get("description") or ""),
            unit=block.unit,
            formats=(strptime_format(str(options["format"])),) if "format" in options else (),
        )
        self._semantic_fits(column, place)
        return column, self._rules(column, item, block, options, place)

    def _semantic_fits(self, column: Column, place: Place) -> None:
        expected = TYPE_OF_SEMANTIC.get(column.semantic, "string")
        if column.semantic != "none" and column.type != expected:
            self.say(
                (*place, "logicalType"),
                f"A {column.semantic} is a {expected}, not a {column.type}.",
                f"Write logicalType: {expected}.",
            )
        derivable = {"birth_month": "date_of_birth", "lsoa21": "postcode"}
        if column.derive and derivable[column.derive] != column.semantic:
            self.say(
                place,
                f"{column.derive} cannot be derived from {column.name}.",
                f"Declare semantic: {derivable[column.derive]}, or remove derive.",
            )

    def _options(self, options: Mapping[str, Any], kind: str, place: Place) -> Mapping[str, Any]:
        known = OPTIONS[kind]
        for option in options:
            if option not in known:
                self.say(
                    (*place, "logicalTypeOptions", option),
                    f'"{option}" is no option of a {kind}.',
                    did_you_mean(option, known) or f"A {kind} has no options.",
                )
        for low, high in (("minimum", "maximum"), ("minLength", "maxLength")):
            if low in options and high in options and str(options[low]) != str(options[high]):
                try:
                    contradictory = options[low] > options[high]
                except TypeError:
                    contradictory = True
                if contradictory:
                    self.say(
                        (*place, "logicalTypeOptions"),
                        f"{low} {options[low]} is above {high} {options[high]}.",
                        "Swap them.",
                    )
        return {option: value for option, value in options.items() if option in known}

    def _rules(
        self,
        column: Column,
        item: Mapping[str, Any],
        block: ColumnBlock,
        options: Mapping[str, Any],
        place: Place,
    ) -> list[Rule]:
        rules = [type_rule(column)] if column.type != "string" else []
        if column.required:
            rules.append(required_rule(column))
        if column.unique:
            rules.append(unique_rule([column], f"{column.name}_unique"))
        if column.semantic != "none":
            found = semantic_rule(column, block.severity)
            rules += [found] if found else []
        rules += [
            replace(rule, severity=block.severity)
            for rule in option_rules(column, {k: v for k, v in options.items() if k != "format"})
        ]
        codes = [code.get("value") for code in item.get("enum") or []]
        if codes:
            rules.append(codes_rule(column, codes, block.severity))
        for rule in rules:
            if rule.kind == "row":
                self.contract.written_rules[rule.id] = place
        if block.reference is not None:
            rule = row_rule(
                column,
                "known",
                "TRUE",
                f"is known in {block.reference.dataset}",
                block.reference.severity,
                "accuracy",
            )
            target = (block.reference.dataset, block.reference.column)
            rules.append(replace(rule, kind="reference", reference=target))
        for position, quality in enumerate(item.get("quality") or []):
            rule_or_none = self._column_rule(quality, (*place, "quality", position), column)
            rules += [rule_or_none] if rule_or_none else []
        return rules

    def _common(
        self, quality: Mapping[str, Any], place: Place, default: Dimension
    ) -> tuple[str, Severity, Dimension] | None:
        rule_id = str(quality.get("id") or quality.get("name") or "")
        severity = str(quality.get("severity") or "error")
        dimension = str(quality.get("dimension") or default)
        fine = True
        if not re.fullmatch(r"[a-z][a-z0-9_]*", rule_id):
            self.say(
                (*place, "id"),
                f'"{rule_id}" is no name of a rule.',
                "Give it an id of small letters, digits and underscores.",
            )
            fine = False
        if severity not in get_args(Severity):
            self.say(
                (*place, "severity"),
                f'"{severity}" is no severity.',
                "Write error (the row is kept out) or warning (only counted).",
            )
            fine = False
        if dimension not in DIMENSIONS:
            self.say(
                (*place, "dimension"),
                f'"{dimension}" is no dimension of quality.',
                did_you_mean(dimension, DIMENSIONS),
            )
            fine = False
        if not fine:
            return None
        return rule_id, cast("Severity", severity), cast("Dimension", dimension)

    def table_rule(
        self, quality: Mapping[str, Any], place: Place, columns: Sequence[Column]
    ) -> Rule | None:
        """A rule of the whole table: SQL over its columns, or no duplicates."""
        if quality.get("type") == "text":
            return None
        metric = quality.get("metric") or quality.get("rule")
        if metric == "duplicateValues":
            common = self._common(quality, place, "uniqueness")
            names = [str(n) for n in (quality.get("arguments") or {}).get("properties") or []]
            by_name = {column.name: column for column in columns}
            unknown = [name for name in names if name not in by_name]
            if unknown or not names:
                remedy = did_you_mean(unknown[0], by_name) if unknown else "List properties."
                self.say((*place, "arguments"), "The columns are not all known.", remedy)
                return None
            if common is None or not self._is_zero(quality, place):
                return None
            words = str(quality.get("description") or "")
            chosen = [by_name[name] for name in names]
            rule = unique_rule(chosen, common[0], common[1], words)
            return replace(rule, dimension=common[2])
        if quality.get("type") != "sql":
            self.say(
                place,
                "A rule of a table is type: sql or metric: duplicateValues.",
                "Put rules on one column under that column.",
            )
            return None
        return self._sql_rule(quality, place, columns)

    def _sql_rule(
        self, quality: Mapping[str, Any], place: Place, columns: Sequence[Column]
    ) -> Rule | None:
        from forethought.data.rule_binding import columns_of

        common = self._common(quality, place, "consistency")
        query = str(quality.get("query") or "").strip()
        if common is None:
            return None
        used, problem = columns_of(query, [column.name for column in columns])
        if problem:
            self.say((*place, "query"), problem[0], problem[1])
            return None
        self.contract.written_rules[common[0]] = (*place, "query")
        return Rule(
            id=common[0],
            columns=used,
            dimension=common[2],
            severity=common[1],
            description=str(quality.get("description") or query),
            sql=query,
        )

    def _is_zero(self, quality: Mapping[str, Any], place: Place) -> bool:
        if quality.get("mustBe") == 0:
            return True
        self.say(
            place,
            "A rule holds for each row: only mustBe: 0 is checked.",
            "Write mustBe: 0; use severity: warning or maximum_error_share for tolerance.",
        )
        return False

    def _column_rule(self, quality: Mapping[str, Any], place: Place, column: Column) -> Rule | None:
        kind, metric = quality.get("type", "library"), quality.get("metric") or quality.get("rule")
        if kind == "text":
            return None
        if kind == "sql":
            return self._sql_rule(quality, place, [column])
        if kind != "library" or metric not in METRICS:
            what = (
                f'"{metric}" is no metric that is checked.'
                if kind == "library"
                else (f'Rules of type "{kind}" are not checked.')
            )
            self.say(place, what, did_you_mean(str(metric), METRICS))
            return None
        default: Mapping[str, Dimension] = {
            "nullValues": "completeness",
            "missingValues": "completeness",
            "duplicateValues": "uniqueness",
        }
        common = self._common(quality, place, default.get(str(metric), "validity"))
        if common is None or not self._is_zero(quality, place):
            return None
        rule = self._library_rule(str(metric), quality, place, column, common[1])
        if rule is None:
            return None
        words = str(quality.get("description") or rule.description)
        if rule.kind == "row":
            self.contract.written_rules[common[0]] = place
        return replace(rule, id=common[0], dimension=common[2], description=words)

    def _library_rule(
        self,
        metric: str,
        quality: Mapping[str, Any],
        place: Place,
        column: Column,
        severity: Severity,
    ) -> Rule | None:
        arguments = quality.get("arguments") or {}
        if metric == "nullValues":
            return required_rule(column, severity)
        if metric == "duplicateValues":
            return unique_rule([column], "", severity)
        if metric == "missingValues":
            values = [v for v in arguments.get("missingValues") or [] if v not in {None, ""}]
            sql = f"NOT ({codes_sql(column, values)})" if values else "TRUE"
            return row_rule(column, "", sql, "holds no stand-in for a missing value", severity)
        if "validValues" in arguments:
            codes = arguments["validValues"] or []
            return row_rule(column, "", codes_sql(column, codes), codes_words(codes), severity)
        if "pattern" in arguments:
            sql = pattern_sql(column, str(arguments["pattern"]))
            return row_rule(column, "", sql, "has the declared form", severity)
        self.say(
            (*place, "arguments"),
            "invalidValues needs validValues or a pattern.",
            "Write arguments: {validValues: [...]}.",
        )
        return None


JDK_PARTS = (
    ("yyyy", "%Y"), ("yy", "%y"), ("MMMM", "%B"), ("MMM", "%b"), ("MM", "%m"), ("dd", "%d"),
    ("HH", "%H"), ("mm", "%M"), ("ss", "%S"),
)  # fmt: skip


def strptime_format(pattern: str) -> str:
    """A date format as `strptime` writes it, from that or from ODCS's `yyyy-MM-dd`."""
    if "%" in pattern:
        return pattern
    for jdk, part in JDK_PARTS:
        pattern = pattern.replace(jdk, part)
    return pattern.replace("'T'", "T")
