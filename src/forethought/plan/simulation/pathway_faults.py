"""Faults of a pathway file's shape in plain words, and the file without them.

A file with one wrong key is read on without it, so that what is wrong elsewhere is told at once.
"""

from __future__ import annotations

from collections.abc import Mapping
from copy import deepcopy
from typing import Annotated, Any, get_args, get_origin

from pydantic import BaseModel, Tag, ValidationError

from forethought.errors import Problem, did_you_mean
from forethought.place.yaml_files import Located, Place
from forethought.plan.simulation.pathway_schema import PathwayPart
from forethought.plan.simulation.units import QuantityError, shown

_FURTHER = 50
"""More rounds of faults than any file has."""
_GROUP_TYPES = {"model_type", "model_attributes_type", "dict_type", "mapping_type"}


def shaped(located: Located) -> tuple[PathwayPart | None, list[tuple[Place, Problem]]]:
    """The file as its parts, without those that are wrong, and what is wrong with them.

    Returns:
        The parts (None where nothing can be read without the wrong ones) and the faults.
    """
    value = deepcopy(located.value)
    faults: dict[Place, Problem] = {}
    for _ in range(_FURTHER):
        try:
            return PathwayPart.model_validate(value), list(faults.items())
        except ValidationError as error:
            gone: list[Place] = []
            for item in error.errors(include_url=False):
                place = file_place(item["loc"])
                if not any(place[: len(old)] == old for old in faults):
                    faults[place] = _problem(item, place, located)
                gone.append(place[:-1] if item["type"] == "missing" else place)
                if gone[-1] == ():
                    value[place[0]] = "unnamed" if place[0] == "pathway" else {}
            for place in sorted(set(gone), key=_latest_first, reverse=True):
                _remove(value, place)
    return None, list(faults.items())


def _latest_first(place: Place) -> tuple[tuple[str, int], ...]:
    return tuple(("", key) if isinstance(key, int) else (str(key), 0) for key in place)


def file_place(loc: tuple[str | int, ...]) -> Place:
    """A place in the file: pydantic's without the tags of forms."""
    return tuple(
        key for key in loc if not (isinstance(key, str) and (key.startswith("<") or key == "[key]"))
    )


def _remove(value: Any, place: Place) -> None:
    """Take a part out of the file; nothing where an earlier fault took what is around it."""
    if not place:
        return
    for key in place[:-1]:
        try:
            value = value[key]
        except (KeyError, IndexError, TypeError):
            return
    last = place[-1]
    if isinstance(value, dict):
        for key in [key for key in value if str(key) == str(last)]:
            del value[key]
    elif isinstance(value, list) and isinstance(last, int) and last < len(value):
        del value[last]


def _problem(item: Mapping[str, Any], place: Place, located: Located) -> Problem:
    return located.problem(place, *_told(item, place))


def _told(item: Mapping[str, Any], place: Place) -> tuple[str, str]:
    """What is wrong, and the remedy."""
    kind, given = item["type"], shown(item.get("input"))
    if kind == "value_error" and isinstance(item["ctx"]["error"], QuantityError):
        return item["ctx"]["error"].what, item["ctx"]["error"].remedy
    if kind == "extra_forbidden":
        known = _keys_at(item["loc"][:-1])
        remedy = did_you_mean(str(place[-1]), known) or "Take it out, or see the reference."
        return f'"{place[-1]}" is no key here.', remedy
    if kind == "literal_error":
        words = str(item["ctx"]["expected"]).replace(" or ", ",").split(",")
        allowed = [word.strip(" '") or "(empty)" for word in words]
        return f"{given} is not known.", did_you_mean(str(item.get("input")), allowed)
    fixed = {
        "missing": (f'"{place[-1]}" is missing.', "Add it."),
        "list_type": (f"{given} stands where a list should.", "Write [one, two]."),
        **dict.fromkeys(
            _GROUP_TYPES,
            (f"{given} stands where a group of keys should.", "Write keys and values."),
        ),
    }
    return fixed.get(kind, (f"{given} is not accepted.", "See the reference of pathway files."))


def _keys_at(loc: tuple[str | int, ...]) -> list[str]:
    """Keys of the part at a place, tags of forms included."""
    current: Any = PathwayPart
    for key in loc:
        current = _inside(current, key)
    model = _model(current)
    return [field.alias or name for name, field in model.model_fields.items()] if model else []


def _inside(annotation: Any, key: str | int) -> Any:
    model = _model(annotation)
    if isinstance(key, str) and key.startswith("<"):
        return _tagged(annotation, key)
    if model is not None:
        return next(
            (f.annotation for name, f in model.model_fields.items() if key in {name, f.alias}), None
        )
    bare = _bare(annotation)
    return get_args(bare)[-1] if get_origin(bare) in {dict, list} else None


def _bare(annotation: Any) -> Any:
    """An annotation without its notes and without None."""
    while True:
        if get_origin(annotation) is Annotated:
            annotation = get_args(annotation)[0]
            continue
        inner = [item for item in get_args(annotation) if item is not type(None)]
        if get_origin(annotation) in {dict, list} or len(inner) != 1:
            return annotation
        annotation = inner[0]


def _model(annotation: Any) -> type[BaseModel] | None:
    bare = _bare(annotation)
    return bare if isinstance(bare, type) and issubclass(bare, BaseModel) else None


def _tagged(annotation: Any, tag: str) -> Any:
    """The form with a tag among those of an annotation."""
    if get_origin(annotation) is Annotated and Tag(tag) in get_args(annotation)[1:]:
        return get_args(annotation)[0]
    inner = (_tagged(item, tag) for item in get_args(annotation) if get_origin(item))
    return next((item for item in inner if item is not None), None)
