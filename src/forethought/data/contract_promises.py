"""Who answers for the data, why they may be used, how long they are kept; names that must agree."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING

from forethought.data.contract_blocks import NEEDS_SCHEDULE_1, DatasetBlock, LayoutBlock
from forethought.data.contract_columns import extension
from forethought.data.contracts import Column
from forethought.errors import did_you_mean
from forethought.place.yaml_files import Place

if TYPE_CHECKING:
    from forethought.data.contract_files import ContractReader

DATES = ("date", "timestamp")
TO_BE_NAMED = "to be named"
YEARS = {"y": 1.0, "yr": 1.0, "years": 1.0, "m": 1 / 12, "months": 1 / 12, "d": 1 / 365.25}


def people(reader: ContractReader) -> tuple[str, str]:
    """Owner and steward; a draft may leave them to be named."""
    team = reader.value.get("team") or {}
    members = team if isinstance(team, list) else team.get("members") or []
    by_role = {
        str(member.get("role", "")).casefold(): str(member.get("username", ""))
        for member in members
    }
    found = []
    for role in ("owner", "steward"):
        name = by_role.get(role, "")
        if not name:
            reader.say(("team",), f"The team has no {role}.", f"Add a member with role: {role}.")
        elif name == TO_BE_NAMED and reader.status != "draft":
            reader.say(
                ("team",),
                f"The {role} is still to be named.",
                "Name a person, or keep status: draft.",
            )
        found.append(name)
    return found[0], found[1]


def retention_years(reader: ContractReader) -> float:
    """Years for which rows are kept; 0 in a draft that does not say."""
    for position, item in enumerate(reader.value.get("slaProperties") or []):
        if item.get("property") != "retention":
            continue
        years = YEARS.get(str(item.get("unit", "y")))
        if years is None or not isinstance(item.get("value"), int | float):
            reader.say(
                ("slaProperties", position),
                "The retention has no value in y, m or d.",
                "Write {property: retention, value: 8, unit: y}.",
            )
            return 0.0
        return float(item["value"]) * years
    if reader.status != "draft":
        reader.say(
            ("slaProperties",),
            "No retention is declared.",
            "Add {property: retention, value: 8, unit: y}.",
        )
    return 0.0


def check_purposes(reader: ContractReader, block: DatasetBlock) -> None:
    """Each purpose names the conditions that it relies on."""
    place = (*_place_of_block(reader), "purposes")
    if not block.purposes and reader.status != "draft":
        reader.say(place, "No purpose is declared.", "Say what the data may be used for.")
    for number, purpose in enumerate(block.purposes):
        if purpose.article9 in NEEDS_SCHEDULE_1 and not purpose.schedule1:
            reader.say(
                (*place, number),
                f'Purpose "{purpose.id}" names no Schedule 1 condition.',
                "Add schedule1: with the paragraph relied on.",
            )


def check_names(reader: ContractReader, block: DatasetBlock, columns: Mapping[str, Column]) -> None:
    """Columns and partners that the block names exist."""
    base = _place_of_block(reader)
    partners = block.partners or ((block.partner,) if block.partner else ())
    if not partners:
        reader.say(base, "No partner is named.", "Write partner: or partners:.")
    named = [((*base, "timeliness", "column"), block.timeliness.column)] if block.timeliness else []
    for number, layout in enumerate(block.layouts):
        here = (*base, "layouts", number)
        named += _columns_named(layout, here)
        for name in sorted(set(layout.partners) - set(partners)):
            what = f'"{name}" is no partner of this contract.'
            reader.say((*here, "partners"), what, did_you_mean(name, partners))
        for position, name in enumerate(layout.absent):
            if name in columns and columns[name].required:
                reader.say(
                    (*here, "absent", position),
                    f"{name} is required but absent here.",
                    "Make it optional or have the partner send it.",
                )
    for place, name in named:
        if name not in columns:
            reader.say(place, f'"{name}" is no column.', did_you_mean(name, columns))
    newest = columns.get(block.timeliness.column) if block.timeliness else None
    if newest is not None and newest.type not in DATES:
        reader.say(
            (*base, "timeliness", "column"),
            f'"{newest.name}" holds no dates (its type is {newest.type}).',
            "Name a column of type date or timestamp, or give it logicalType: date.",
        )


def _columns_named(layout: LayoutBlock, here: Place) -> Iterator[tuple[Place, str]]:
    for heading, name in layout.rename.items():
        yield (*here, "rename", heading), name
    for part in ("dates", "codes"):
        for name in getattr(layout, part):
            yield (*here, part, name), name
    for position, name in enumerate(layout.absent):
        yield (*here, "absent", position), name


def _place_of_block(reader: ContractReader) -> Place:
    found = extension(reader.value, ())
    return found[0] if found else ()
