"""The scenario file: a named what-if, kept in a workspace (`scenarios/*.yaml`)."""

from __future__ import annotations

import re
from datetime import date
from pathlib import Path

import yaml
from pydantic import BaseModel, ConfigDict, Field

from forethought.errors import UsageError
from forethought.place.yaml_files import parse, read_yaml

LONGEST_NAME = 80


class ScenarioFile(BaseModel):
    """A named what-if: what it changes, of what, by whom, why.

    The keys of `changes` are those of the form of the insight that it is based on.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    name: str = Field(min_length=1, max_length=LONGEST_NAME, description="Its name.")
    based_on: str = Field(description="Insight whose what-if it is.")
    author: str = Field(description="Who keeps it.")
    source: str = Field("", description="Where it comes from: the run, and the day.")
    kept_on: date | None = Field(None, description="Day on which it was kept.")
    changes: dict[str, str | int | float] = Field(description="Answers of the form, by name.")


def read_scenarios(folder: Path) -> tuple[ScenarioFile, ...]:
    """The scenarios of a workspace, by file name.

    Raises:
        SpecificationError: Every problem of the first file that has any.
    """
    return tuple(parse(read_yaml(path), ScenarioFile) for path in sorted(folder.glob("*.yaml")))


def write_scenario(folder: Path, scenario: ScenarioFile) -> Path:
    """Write a scenario into a file of its own, named by insight and name.

    Raises:
        UsageError: The name has no letters or digits, or one of that name is kept already.
    """
    slug = re.sub(r"[^a-z0-9]+", "-", scenario.name.lower()).strip("-")
    if not slug:
        raise UsageError("Give the scenario a name with letters or digits.", where="scenario_name")
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / f"{scenario.based_on}-{slug}.yaml"
    content = scenario.model_dump(mode="json", exclude_none=True)
    text = yaml.safe_dump(content, sort_keys=False, allow_unicode=True, width=120)
    try:
        with path.open("x", encoding="utf-8") as out:
            out.write(text)
    except FileExistsError:
        raise UsageError(
            f'A scenario "{scenario.name}" is kept already.',
            where="scenario_name",
            remedy="Give it another name.",
        ) from None
    return path
