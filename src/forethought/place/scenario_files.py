"""The scenario file: a named what-if, kept in a workspace (`scenarios/*.yaml`).

One of two kinds: a what-if of an insight (`based_on`), whose `changes` are answers of the form of
that insight, or the assumptions that its kind takes; or a scenario of a pathway (`pathway`), whose
`changes` are written as the pathway file writes its own scenarios. What is based on other scenario
files holds their changes, too (`scenario_lineage`).
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any, Literal, Self

import yaml
from pydantic import (
    BaseModel,
    ConfigDict,
    Field,
    field_serializer,
    field_validator,
    model_validator,
)

from forethought.errors import ForethoughtError, Problem, UsageError, did_you_mean
from forethought.place.yaml_files import Located, parse, read_yaml

LONGEST_NAME = 80
FOLDER = "scenarios"


class ScenarioFile(BaseModel):
    """A named what-if: what it changes, of what, by whom, why."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    name: str = Field(min_length=1, max_length=LONGEST_NAME, description="Its name.")
    based_on: tuple[str, ...] = Field(
        (),
        description="Insight whose what-if it is, or scenario files that it starts from; or",
    )
    pathway: str = Field("", description="pathway whose scenario it is.")
    author: str = Field(description="Who keeps it.")
    source: str = Field("", description="Where it comes from: the run, and the day.")
    kept_on: date | None = Field(None, description="Day on which it was kept.")
    changes: dict[str, Any] = Field(
        default_factory=dict,
        description="Answers of the insight's form, or its assumptions, by name; or the pathway's "
        "changes.",
    )

    @field_validator("based_on", mode="before")
    @classmethod
    def _one_or_several(cls, value: Any) -> Any:
        return ((value,) if value else ()) if isinstance(value, str) else value

    @field_serializer("based_on")
    def _one_as_a_word(self, value: tuple[str, ...]) -> str | list[str]:
        return value[0] if len(value) == 1 else list(value)

    @model_validator(mode="after")
    def _of_one_thing(self) -> Self:
        if bool(self.based_on) == bool(self.pathway):
            raise ValueError("Name one: the insight (based_on) or the pathway (pathway).")
        if not self.changes and len(self.based_on) < 2:  # noqa: PLR2004  a combination has two
            raise ValueError("It changes nothing. Say what under changes, or combine two.")
        return self


@dataclass(frozen=True)
class ReadScenario:
    """A scenario file that could be read.

    Args:
        scenario: What it says.
        located: Where it says it.
    """

    scenario: ScenarioFile
    located: Located

    @property
    def stem(self) -> str:
        """Its file's name without the ending."""
        return self.located.path.stem


@dataclass(frozen=True)
class BrokenScenario:
    """A scenario file that cannot be used.

    Args:
        file: Its place in the workspace: `scenarios/NAME.yaml`.
        based_on: The insight or pathway that it names; empty where that cannot be told.
        problems: All that is wrong, each with its line and the remedy.
    """

    file: str
    based_on: str
    problems: tuple[Problem, ...]


@dataclass(frozen=True)
class Scenarios:
    """The scenario files of a workspace.

    Args:
        good: Those that could be read, by file name.
        broken: The others.
    """

    good: tuple[ReadScenario, ...]
    broken: tuple[BrokenScenario, ...]


def read_scenarios(folder: Path) -> Scenarios:
    """The scenarios of a workspace; one that is broken stops no other."""
    good, broken = [], []
    for path in sorted(each for each in folder.glob("*.yaml") if each.is_file()):
        located = None
        try:
            located = read_yaml(path)
            good.append(ReadScenario(parse(located, ScenarioFile), located))
        except ForethoughtError as error:
            found = error.problems or [Problem(error.what, _line_of(error.where), error.remedy)]
            broken.append(broken_scenario(path, located, found))
    return Scenarios(tuple(good), tuple(broken))


def broken_scenario(
    path: Path, located: Located | None, problems: Sequence[Problem]
) -> BrokenScenario:
    """A file that cannot be used, each problem with its file."""
    value = located.value if located is not None and isinstance(located.value, dict) else {}
    file = f"{FOLDER}/{path.name}"
    placed = tuple(Problem(p.what, f"{file} {p.where}".rstrip(), p.remedy) for p in problems)
    return BrokenScenario(file, _names(value.get("based_on") or value.get("pathway")), placed)


def _names(value: Any) -> str:
    """What a file names, one or the first of several; empty where that cannot be told."""
    if isinstance(value, list):
        value = value[0] if value else ""
    return str(value or "")


@dataclass(frozen=True)
class Takes:
    """What a question takes whatever the figures of the day are.

    Args:
        what: `number`, `day`, or `text`.
        negative: Whether a number may be below 0.
    """

    what: Literal["number", "day", "text"] = "text"
    negative: bool = True


def unknown_answers(read: ReadScenario, form: Mapping[str, Takes]) -> list[Problem]:
    """What is wrong with the answers of a what-if, whatever the figures of the day are.

    Args:
        read: The scenario.
        form: What each question of the insight's form takes.
    """
    problems = []
    for name, value in read.scenario.changes.items():
        place = ("changes", name)
        if name not in form:
            what = f'"{name}" is no question of {read.scenario.based_on[0]}.'
            problems.append(read.located.problem(place, what, did_you_mean(name, form)))
            continue
        fault = _not_taken(value, form[name])
        if fault:
            problems.append(read.located.problem(place, *fault))
    return problems


def _not_taken(value: Any, takes: Takes) -> tuple[str, str] | None:
    """What is wrong with an answer, and the remedy; None where it is taken."""
    if value is None or isinstance(value, dict | list):
        return "One answer should stand here.", "Write one value."
    text = str(value)
    try:
        if takes.what == "number":
            if float(text.replace(",", "")) < 0 and not takes.negative:
                return f"{text} is below 0.", "Write a number from 0 up."
        elif takes.what == "day":
            date.fromisoformat(text)
    except ValueError:
        wanted = "a number" if takes.what == "number" else "a date such as 2027-03-31"
        return f'"{text}" is not {wanted}.', f"Write {wanted}."
    return None


def _line_of(where: str) -> str:
    """The line that an error names after its file."""
    found = re.search(r"line \d+$", where)
    return found[0] if found else ""


def write_scenario(folder: Path, scenario: ScenarioFile, *, insight: str = "") -> Path:
    """Write a scenario into a file of its own, named by what it is of and its name.

    Args:
        folder: Folder of the scenario files.
        scenario: What to write.
        insight: The insight that it is of; by default what it names.

    Raises:
        UsageError: The name has no letters or digits, or one of that name is kept already.
    """
    slug = re.sub(r"[^a-z0-9]+", "-", scenario.name.lower()).strip("-")
    if not slug:
        raise UsageError("Give the scenario a name with letters or digits.", where="scenario_name")
    folder.mkdir(parents=True, exist_ok=True)
    of = insight or scenario.pathway or scenario.based_on[0]
    path = folder / f"{of}-{slug}.yaml"
    content = scenario.model_dump(mode="json", exclude_defaults=True)
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
