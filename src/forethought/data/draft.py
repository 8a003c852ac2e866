"""Draft a contract from a file or a query, for a person to correct.

Everything guessed is marked: the draft loads as it stands, with status `draft`, and says in
comments what to confirm.
"""

from __future__ import annotations

import json
import math
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

from forethought.data.contract_promises import TO_BE_NAMED
from forethought.data.draft_profile import Profile, likely_key, profiles, store_name
from forethought.data.draft_sources import Sample, sample_file, sample_query

DERIVED = {"date_of_birth": "birth_month", "postcode": "lsoa21"}
UNKNOWN_CODE = "not known"


def draft_contract(path: Path | str) -> str:
    """Draft a contract from a CSV (also .gz), XLSX or Parquet file.

    Args:
        path: The file.

    Returns:
        ODCS YAML that `load_contract` accepts, with comments on what to confirm. It holds no
        value of a column that seems to identify people.

    Raises:
        DataError: The file cannot be read.
    """
    return _written(sample_file(Path(path)))


def draft_query(url: str, sql: str, *, name: str = "query") -> str:
    """Draft a contract from a database query; the database is opened for reading only.

    Args:
        url: `sqlite:///file`, `duckdb:///file` or any URL that SQLAlchemy opens.
        sql: One SELECT.
        name: Name of the dataset.

    Raises:
        UsageError: The text is no single SELECT.
        DataError: The database cannot be asked.
    """
    return _written(sample_query(url, sql, name))


def _written(sample: Sample) -> str:
    found = profiles(sample.headings, sample.cells)
    key = likely_key(found, sample.cells)
    name = store_name(sample.name)
    lines = [*_head(sample, name)]
    for profile in found:
        lines += _column(profile, sample.cells.height, in_key=profile.name in key)
    lines += _tail(sample, found, key)
    return "\n".join(lines) + "\n"


def _head(sample: Sample, name: str) -> Iterator[str]:
    yield f"# Drafted from {sample.source}: {sample.cells.height:,} rows."
    yield "# Read every line, correct what is wrong, name the people, then set status: active."
    yield "apiVersion: v3.1.0"
    yield "kind: DataContract"
    yield f"id: {_flow(name)}"
    yield f"name: {_text(sample.name.replace('_', ' ').capitalize())}"
    yield "version: 0.1.0"
    yield "status: draft"
    yield "description:"
    for part in ("purpose", "limitations", "usage"):
        yield f"  {part}: to be written"
    yield "team:"
    yield "  members:"
    yield f"    - {{username: {TO_BE_NAMED}, role: owner}}    # who answers for these data"
    yield f"    - {{username: {TO_BE_NAMED}, role: steward}}  # who looks after them"
    yield "schema:"
    yield f"  - name: {_flow(name)}"
    yield "    physicalType: table"
    yield "    properties:"


def _column(profile: Profile, rows: int, *, in_key: bool) -> Iterator[str]:
    yield f"      - name: {_flow(profile.name)}"
    yield f"        physicalName: {_text(profile.heading)}"
    yield f"        logicalType: {profile.type}"
    if profile.filled == rows:
        yield "        required: true"
    elif not in_key:
        yield f"        # {rows - profile.filled:,} of {rows:,} rows are empty here"
    options = _options(profile)
    if options:
        yield f"        logicalTypeOptions: {_flow(options)}  # {_options_words(profile)}"
    if profile.codes:
        yield "        # confirm the code list: any other value is refused"
        codes = [*profile.codes, *([UNKNOWN_CODE] if in_key and profile.filled < rows else [])]
        yield f"        enum: {_flow([{'value': code} for code in codes])}"
    if profile.semantic != "none":
        words = " ".join(profile.semantic.split("_"))
        yield f"        # seems to be: {words}; confirm"
        block: dict[str, Any] = {"semantic": profile.semantic}
        if profile.is_identifier:
            block["identifier"] = True
        if profile.semantic in DERIVED:
            block["derive"] = DERIVED[profile.semantic]
        yield f"        customProperties: [{{property: forethought, value: {_flow(block)}}}]"


def _options(profile: Profile) -> dict[str, Any]:
    options: dict[str, Any] = {}
    if profile.format:
        options["format"] = profile.format
    if profile.low is None:
        return options
    if profile.type == "date":
        options["minimum"] = f"{int(profile.low)}-01-01"
    else:
        whole = profile.type == "integer"
        low = 0.0 if profile.low >= 0 else -_round_up(-profile.low)
        high = _round_up(max(profile.high or 0.0, 0.0))
        options["minimum"] = int(low) if whole else low
        options["maximum"] = int(high) if whole else high
    return options


def _round_up(value: float) -> float:
    """The next of 1, 2, 5, 10, 20, 50, ... at or above a number, with room to grow."""
    if value <= 0:
        return 0.0
    power = 10.0 ** math.floor(math.log10(value))
    return next(step * power for step in (1, 2, 5, 10, 20) if step * power >= value * 1.5)


def _options_words(profile: Profile) -> str:
    if profile.also:
        return f"also fits {profile.also}: confirm which is the day"
    if profile.low is None:
        return "confirm the format"
    if profile.type == "date":
        return f"first seen in {int(profile.low)}; confirm"
    return f"seen {profile.low:,.10g} to {profile.high:,.10g}; confirm"


def _tail(sample: Sample, found: Sequence[Profile], key: Sequence[str]) -> Iterator[str]:
    identified = any(profile.is_identifier for profile in found)
    yield "slaProperties:"
    yield "  - {property: retention, value: 8, unit: y}  # confirm with the retention schedule"
    yield "customProperties:"
    yield "  - property: forethought"
    yield "    value:"
    yield f"      partner: {TO_BE_NAMED}"
    yield "      delivery: whole  # or part_per_partner, part_per_file"
    if key:
        yield f"      key: {_flow(list(key))}  # together they name every row; confirm"
    else:
        yield "      key: []  # no few columns name every row: repeated rows, or a missing key"
    if identified:
        yield "      sensitivity: 4  # holds people's identifiers; confirm"
        yield "      minimum_count: 10"
    else:
        yield "      sensitivity: 2  # no identifier found; 1: open data, 4: rows about people"
        yield "      minimum_count: 10  # 1 for open data"
    yield "      maximum_error_share: 0.05"
    dates = [
        profile.name for profile in found if profile.type == "date" and not profile.is_identifier
    ]
    if dates:
        yield f"      # timeliness: {{column: {dates[-1]}, days: 31}}"
    yield "      purposes: []  # e.g. {id: plan-services, name: Planning, article6: public_task}"
    yield from _layouts(sample, found, key)


def _layouts(sample: Sample, found: Sequence[Profile], key: Sequence[str]) -> Iterator[str]:
    gaps = [p.name for p in found if p.name in key and p.filled < sample.cells.height]
    codes = {name: {"": UNKNOWN_CODE} for name in gaps}
    if not sample.layout and not codes:
        return
    layout = {"name": "as drafted", **sample.layout}
    if codes:
        layout["codes"] = codes
        yield f'      # a key has no gaps: empty {", ".join(gaps)} becomes "{UNKNOWN_CODE}"'
    yield f"      layouts: {_flow([layout])}"


def _text(value: str) -> str:
    return json.dumps(value, ensure_ascii=False)


def _flow(value: Any) -> str:
    """A value as one line of YAML."""
    if isinstance(value, dict):
        return "{" + ", ".join(f"{_key(k)}: {_flow(v)}" for k, v in value.items()) + "}"
    if isinstance(value, list):
        return "[" + ", ".join(map(_flow, value)) + "]"
    if isinstance(value, str):
        return value if value.isidentifier() and not _is_yaml_word(value) else _text(value)
    return json.dumps(value)


def _key(value: str) -> str:
    return _flow(value)


def _is_yaml_word(value: str) -> bool:
    return value.lower() in {"yes", "no", "true", "false", "on", "off", "null", "y", "n"}
