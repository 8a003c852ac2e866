"""Contract files: ODCS YAML in, a checked `Contract` out, or every problem at once."""

from __future__ import annotations

import hashlib
import json
import re
from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any, TypeVar

from pydantic import BaseModel, ValidationError
from pydantic.fields import FieldInfo

from forethought.data.contract_blocks import DatasetBlock, LayoutBlock
from forethought.data.contract_columns import ColumnReader, extension
from forethought.data.contract_promises import (
    check_names,
    check_purposes,
    people,
    retention_years,
)
from forethought.data.contracts import Column, Contract, Layout, Purpose, Rule
from forethought.data.rules import required_rule, unique_rule
from forethought.errors import Problem, SpecificationError, did_you_mean
from forethought.place.yaml_files import Located, Place, problems_of, read_yaml

STATUSES = ("proposed", "draft", "active", "deprecated", "retired")
M = TypeVar("M", bound=BaseModel)


def read_contract(path: Path) -> Contract:
    """Read and check one contract file.

    Raises:
        SpecificationError: Every problem of the file at once.
    """
    located = read_yaml(path)
    if not isinstance(located.value, dict):
        raise SpecificationError(
            "The file is empty or no mapping of keys to values.", where=path.name
        )
    reader = ContractReader(located)
    contract = reader.read()
    if reader.problems or contract is None:
        unique = tuple(dict.fromkeys(reader.problems))
        count = "1 problem" if len(unique) == 1 else f"{len(unique)} problems"
        raise SpecificationError(count, where=path.name, problems=sorted(unique, key=_line_of))
    return contract


def read_contracts(folder: Path) -> dict[str, Contract]:
    """All contracts of a folder, by id.

    Raises:
        SpecificationError: The problems of all files at once; two files with one id.
    """
    contracts: dict[str, Contract] = {}
    problems: list[Problem] = []
    for path in sorted([*folder.glob("*.yaml"), *folder.glob("*.yml")]):
        try:
            contract = read_contract(path)
        except SpecificationError as error:
            parts = error.problems or (Problem(error.what, "", error.remedy),)
            problems += [Problem(p.what, f"{path.name} {p.where}".strip(), p.remedy) for p in parts]
            continue
        if contract.id in contracts:
            other = contracts[contract.id].path.name
            problems.append(
                Problem(
                    f'The id "{contract.id}" is that of {other} too.',
                    path.name,
                    "Give each contract an id of its own.",
                )
            )
        contracts[contract.id] = contract
    if problems:
        raise SpecificationError(f"{len(problems)} problems", where=folder.name, problems=problems)
    return contracts


def _line_of(problem: Problem) -> int:
    words = problem.where.split()
    return int(words[1]) if len(words) > 1 and words[1].isdigit() else 0


class ContractReader:
    """Reads one document and collects its problems.

    Args:
        located: The document, a mapping.
    """

    def __init__(self, located: Located) -> None:
        self.located = located
        self.value: Mapping[str, Any] = located.value
        self.problems: list[Problem] = []
        self.written_rules: dict[str, Place] = {}

    def read(self) -> Contract | None:
        """The contract, or None where its problems leave none."""
        if not self._has_standard_shape():
            return None
        self._head()
        block = self._block()
        columns, rules = self._columns()
        owner, steward = people(self)
        retention = retention_years(self)
        if block is None or not columns:
            return None
        key = self._key(block, columns)
        columns, rules = _key_is_required(key, columns, rules)
        named = {column.name: column for column in columns}
        if key:
            rules.append(unique_rule([named[name] for name in key], "key_unique"))
        self._rule_ids(rules)
        check_names(self, block, named)
        check_purposes(self, block)
        self._binding(columns, rules)
        if self.problems:
            return None
        return Contract(
            id=str(self.value["id"]),
            name=str(self.value.get("name") or self.value["id"]),
            version=str(self.value["version"]),
            status=str(self.value["status"]),
            description=str((self.value.get("description") or {}).get("purpose", "")),
            owner=owner,
            steward=steward,
            partners=block.partners or ((block.partner,) if block.partner else ()),
            delivery=block.delivery,
            key=key,
            sensitivity=block.sensitivity,
            minimum_count=block.minimum_count,
            maximum_error_share=block.maximum_error_share,
            retention_years=retention,
            timeliness_column=block.timeliness.column if block.timeliness else "",
            timeliness_days=block.timeliness.days if block.timeliness else 0.0,
            purposes=tuple(Purpose(**purpose.model_dump()) for purpose in block.purposes),
            columns=tuple(columns),
            rules=tuple(rules),
            layouts=tuple(_layout(layout) for layout in block.layouts),
            path=self.located.path,
            raw=self.value,
            fingerprint=_fingerprint(self.value),
        )

    def say(self, place: Iterable[str | int], what: str, remedy: str = "") -> None:
        """Note a problem."""
        self.problems.append(self.located.problem(place, what, remedy))

    def _has_standard_shape(self) -> bool:
        """Note what the open standard does not know; whether the rest can be read."""
        from open_data_contract_standard.model import OpenDataContractStandard

        self._unknown_keys(self.value, OpenDataContractStandard, ())
        known = {k: v for k, v in self.value.items() if k in _keys_of(OpenDataContractStandard)}
        try:
            OpenDataContractStandard.model_validate(known)
        except ValidationError as error:
            self.problems += problems_of(error, self.located, OpenDataContractStandard)
            return False
        return True

    def _unknown_keys(self, value: Any, model: Any, place: Place) -> None:
        if isinstance(value, list):
            for position, item in enumerate(value):
                self._unknown_keys(item, model, (*place, position))
        if not isinstance(value, dict):
            return
        fields = _keys_of(model)
        for key, item in value.items():
            if key not in fields:
                self.say(
                    (*place, key),
                    f'"{key}" is no key of the Open Data Contract Standard here.',
                    did_you_mean(str(key), fields) or "Put additions under customProperties.",
                )
                continue
            inner = _model_in(fields[key].annotation)
            if inner is not None:
                self._unknown_keys(item, inner, (*place, key))

    def _block(self) -> DatasetBlock | None:
        found = extension(self.value, ())
        if found is None:
            self.say(
                ("customProperties",),
                "The customProperties have no forethought part.",
                "Add one with partner, delivery, key, sensitivity, minimum_count and purposes.",
            )
            return None
        place, value = found
        return self.parsed(value, DatasetBlock, place)

    def parsed(self, value: Any, model: type[M], place: Place) -> M | None:
        """A part of the document as one of our models; its problems are noted."""
        try:
            return model.model_validate(value)
        except ValidationError as error:
            lines = {
                at[len(place) :]: line
                for at, line in self.located.lines.items()
                if at[: len(place)] == place
            }
            part = Located(self.located.path, value, lines)
            self.problems += problems_of(error, part, model)
            return None

    def _head(self) -> None:
        for name in ("id", "version", "status"):
            if not self.value.get(name):
                self.say((name,), f'"{name}" is missing.', "Add it.")
        if self.value.get("kind") != "DataContract":
            self.say(("kind",), "The kind is not DataContract.", "Write kind: DataContract.")
        if not str(self.value.get("apiVersion", "")).startswith("v3."):
            self.say(("apiVersion",), "This is no ODCS 3 contract.", "Write apiVersion: v3.1.0.")
        if not re.fullmatch(r"[a-z][a-z0-9_]*", str(self.value.get("id") or "a")):
            self.say(("id",), "The id is no name.", "Use small letters, digits and underscores.")
        if self.status not in STATUSES:
            remedy = did_you_mean(self.status, STATUSES)
            self.say(("status",), f'"{self.status}" is no status.', remedy)

    @property
    def status(self) -> str:
        """The contract's status; a draft may leave things open."""
        return str(self.value.get("status") or "active")

    def _columns(self) -> tuple[list[Column], list[Rule]]:
        tables = self.value.get("schema") or []
        if len(tables) != 1 or not tables[0].get("properties"):
            remedy = "List its columns; write one file a table."
            self.say(("schema",), "A contract has one table with properties here.", remedy)
            return [], []
        schema = tables[0]
        reader = ColumnReader(self)
        columns: list[Column] = []
        rules: list[Rule] = []
        for position, item in enumerate(schema["properties"]):
            place = ("schema", 0, "properties", position)
            column, found = reader.read(item, place)
            if column is not None:
                columns.append(column)
                rules += found
        for field in ("name", "heading"):
            counts = Counter(getattr(column, field).casefold() for column in columns)
            for name in [name for name, count in counts.items() if count > 1]:
                self.say(
                    ("schema", 0, "properties"),
                    f'Two columns have the {field} "{name}".',
                    "Rename or remove one.",
                )
        for position, quality in enumerate(schema.get("quality") or []):
            place = ("schema", 0, "quality", position)
            rule = reader.table_rule(quality, place, columns)
            if rule is not None:
                rules.append(rule)
        return columns, rules

    def _key(self, block: DatasetBlock, columns: list[Column]) -> tuple[str, ...]:
        schema = self.value["schema"][0]
        marked = sorted(
            (item.get("primaryKeyPosition") or 0, position, str(item.get("name")))
            for position, item in enumerate(schema["properties"])
            if item.get("primaryKey")
        )
        key = block.key or tuple(name for _, _, name in marked)
        if marked and block.key and set(block.key) != {name for _, _, name in marked}:
            self.say(
                ("schema", 0),
                "The key differs from the columns marked primaryKey.",
                "Make them agree, or declare one of the two.",
            )
        if not key and self.status != "draft":
            self.say(
                ("customProperties",), "No key is declared.", "Name the columns of a row's key."
            )
        names = [column.name for column in columns]
        for name in key:
            if name not in names:
                self.say(
                    ("customProperties",),
                    f'The key "{name}" is no column.',
                    did_you_mean(name, names),
                )
        return key if set(key) <= set(names) else ()

    def _rule_ids(self, rules: list[Rule]) -> None:
        counts = Counter(rule.id for rule in rules)
        for rule_id in [name for name, count in counts.items() if count > 1]:
            self.say(("schema", 0), f'Two rules have the id "{rule_id}".', "Rename or remove one.")

    def _binding(self, columns: list[Column], rules: list[Rule]) -> None:
        from forethought.data.rule_binding import binding_problems

        written = [rule for rule in rules if rule.id in self.written_rules]
        for rule_id, what, remedy in binding_problems(columns, written):
            self.say(self.written_rules[rule_id], what, remedy)


def _key_is_required(
    key: tuple[str, ...], columns: list[Column], rules: list[Rule]
) -> tuple[list[Column], list[Rule]]:
    """A row whose key has a gap cannot be told from another."""
    for position, column in enumerate(columns):
        if column.name in key and not column.required:
            columns[position] = replace(column, required=True)
            rules.append(required_rule(column))
    return columns, rules


def _layout(block: LayoutBlock) -> Layout:
    return Layout(
        name=block.name,
        partners=block.partners,
        format=block.format,
        delimiter=block.delimiter,
        encoding=block.encoding,
        sheet=block.sheet or "",
        skip_rows=block.skip_rows,
        rename=block.rename,
        dates={
            name: (formats,) if isinstance(formats, str) else tuple(formats)
            for name, formats in block.dates.items()
        },
        codes=block.codes,
        decimal=block.decimal,
        thousands=block.thousands,
        absent=block.absent,
        two_digit_births=block.two_digit_births,
    )


def _keys_of(model: type[BaseModel]) -> dict[str, FieldInfo]:
    return {field.alias or name: field for name, field in model.model_fields.items()}


def _model_in(annotation: Any) -> type[BaseModel] | None:
    from typing import get_args

    if isinstance(annotation, type):
        return annotation if issubclass(annotation, BaseModel) else None
    inner = (_model_in(part) for part in get_args(annotation))
    return next((model for model in inner if model is not None), None)


def _fingerprint(value: Mapping[str, Any]) -> str:
    text = json.dumps(value, sort_keys=True, default=str, ensure_ascii=False)
    return hashlib.sha256(text.encode()).hexdigest()
