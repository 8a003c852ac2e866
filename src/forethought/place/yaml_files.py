"""YAML files of a workspace, read with the line of every key, so that errors can point.

All problems of a file come at once, with place, value and remedy, in plain words.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeVar, get_args

import yaml
from pydantic import BaseModel, ValidationError

from forethought.errors import Problem, SpecificationError, did_you_mean

# libyaml's parser where PyYAML was built with it, ten times the speed of the one in Python.
Loader: Any = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
Place = tuple[str | int, ...]


class _PlainLoader(Loader):  # type: ignore[misc]
    """Gives a date that no calendar has (31 April) as text, for whoever expects a date to tell."""


def _date_or_text(loader: Any, node: Any) -> Any:
    try:
        return loader.construct_yaml_timestamp(node)
    except ValueError:
        return node.value


_PlainLoader.add_constructor("tag:yaml.org,2002:timestamp", _date_or_text)
M = TypeVar("M", bound=BaseModel)


@dataclass(frozen=True)
class Located:
    """A parsed YAML document and where each part of it stands.

    Args:
        path: The file.
        value: The parsed value.
        lines: Line (from 1) of each key or item, by its path of keys and positions.
    """

    path: Path
    value: Any
    lines: Mapping[Place, int]

    def line(self, place: Iterable[str | int]) -> int:
        """The line of a place, or of the nearest part around it that exists."""
        keys = tuple(place)
        while keys and keys not in self.lines:
            keys = keys[:-1]
        return self.lines.get(keys, 1)

    def problem(self, place: Iterable[str | int], what: str, remedy: str = "") -> Problem:
        """A problem at a place of this file."""
        keys = tuple(place)
        return Problem(what, f"line {self.line(keys)}  {dotted(keys)}".rstrip(), remedy)


def dotted(place: Iterable[str | int]) -> str:
    """A place as people read it: `settings.needs_groups[1]`."""
    text = ""
    for key in place:
        text += f"[{key}]" if isinstance(key, int) else f".{key}" if text else str(key)
    return text


def read_yaml(path: Path) -> Located:
    """Read a YAML file.

    Raises:
        SpecificationError: The file is missing, not text, not YAML or has a key twice.
    """
    try:
        text = path.read_text(encoding="utf-8")
    except FileNotFoundError:
        raise SpecificationError("The file does not exist.", where=path.name) from None
    except UnicodeDecodeError:
        raise SpecificationError(
            "The file is not UTF-8 text.", where=path.name, remedy="Save it as UTF-8."
        ) from None
    return read_yaml_text(text, path)


def read_yaml_text(text: str, path: Path) -> Located:
    """Read YAML that is at hand already.

    Args:
        text: The document.
        path: Its file, or the name that messages give it.

    Raises:
        SpecificationError: It is not YAML or has a key twice.
    """
    try:
        node, value = _parsed(text)
    except yaml.YAMLError as error:
        mark = getattr(error, "problem_mark", None)
        line = f" line {mark.line + 1}" if mark else ""
        raise SpecificationError(
            f"This is not YAML: {getattr(error, 'problem', None) or 'it cannot be parsed'}.",
            where=f"{path.name}{line}",
            remedy="Look at the indentation and the quotes there.",
        ) from None
    lines: dict[Place, int] = {}
    repeated: list[Problem] = []
    if node is not None:
        _walk(node, (), lines, repeated)
    if repeated:
        raise SpecificationError("A key stands twice.", where=path.name, problems=repeated)
    return Located(path, value, lines)


def _parsed(text: str) -> tuple[yaml.Node | None, Any]:
    """The document's tree and its value, from one reading."""
    loader = _PlainLoader(text)
    try:
        node = loader.get_single_node()
        return node, None if node is None else loader.construct_document(node)
    finally:
        loader.dispose()


def _walk(node: yaml.Node, at: Place, lines: dict[Place, int], repeated: list[Problem]) -> None:
    lines.setdefault(at, node.start_mark.line + 1)
    if isinstance(node, yaml.MappingNode):
        for key, item in node.value:
            place = (*at, str(key.value))
            if place in lines:
                where = f"line {key.start_mark.line + 1}  {dotted(place)}"
                repeated.append(Problem("The key stands twice.", where, "Keep one of them."))
            lines[place] = key.start_mark.line + 1
            _walk(item, place, lines, repeated)
    elif isinstance(node, yaml.SequenceNode):
        for position, item in enumerate(node.value):
            _walk(item, (*at, position), lines, repeated)


def parse(located: Located, model: type[M]) -> M:
    """The document as a model.

    Raises:
        SpecificationError: Every problem of the file at once.
    """
    if not isinstance(located.value, dict):
        raise SpecificationError(
            "The file is empty or no mapping of keys to values.", where=located.path.name
        )
    try:
        return model.model_validate(located.value)
    except ValidationError as error:
        problems = problems_of(error, located, model)
        count = "1 problem" if len(problems) == 1 else f"{len(problems)} problems"
        raise SpecificationError(count, where=located.path.name, problems=problems) from None


def problems_of(
    error: ValidationError, located: Located, model: type[BaseModel]
) -> tuple[Problem, ...]:
    """Pydantic's errors in our words, in the order of the file's lines."""
    found = []
    for item in error.errors(include_url=False):
        place = tuple(key for key in item["loc"] if key not in {"function-after", "str"})
        found.append((located.line(place), _word(item, place, located, model)))
    return tuple(problem for _, problem in sorted(found, key=lambda pair: pair[0]))


def _word(
    item: Mapping[str, Any], place: Place, located: Located, model: type[BaseModel]
) -> Problem:
    kind, context = item["type"], item.get("ctx", {})
    given = item.get("input")
    if kind == "extra_forbidden":
        remedy = did_you_mean(str(place[-1]), _fields_at(model, place[:-1]))
        return located.problem(place, f'"{place[-1]}" is no setting here.', remedy)
    if kind == "missing":
        return located.problem(place, "This setting is missing.", "Add it.")
    if kind == "literal_error":
        expected = [
            word.strip(" '") for word in str(context["expected"]).replace(" or ", ",").split(",")
        ]
        return located.problem(
            place, f'"{given}" is not known.', did_you_mean(str(given), expected)
        )
    message = str(item["msg"]).removeprefix("Value error, ").removeprefix("Input should be ")
    what = (
        f"{given!r} is not accepted." if isinstance(given, str | int | float) else "Not accepted."
    )
    return located.problem(
        place, what, f"It should be {message}." if message[:1].islower() else message
    )


def _fields_at(model: type[BaseModel], place: Place) -> list[str]:
    current: Any = model
    for key in place:
        if isinstance(key, int) or not hasattr(current, "model_fields"):
            continue
        field = current.model_fields.get(key)
        current = _inner_model(field.annotation) if field else None
    return list(current.model_fields) if hasattr(current, "model_fields") else []


def _inner_model(annotation: Any) -> Any:
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        return annotation
    for inner in get_args(annotation):
        found = _inner_model(inner)
        if found is not None:
            return found
    return None
