"""Insight files of a workspace: `insights/*.yaml`."""

from __future__ import annotations

from pathlib import Path

from forethought.errors import ForethoughtError, NotFound, Problem, SpecificationError, did_you_mean
from forethought.insights.base import InsightSpec
from forethought.insights.registry import kind_names, kind_of
from forethought.place.scenario_files import FOLDER, read_scenarios
from forethought.place.yaml_files import parse, read_yaml


def load_spec(path: Path) -> InsightSpec:
    """The specification in a file, as the class of its kind.

    Raises:
        SpecificationError: Every problem of the file at once.
    """
    located = read_yaml(path)
    value = located.value if isinstance(located.value, dict) else {}
    name = value.get("kind")
    if name not in kind_names():
        problem = located.problem(
            ("kind",), f'"{name}" is no kind of insight.', did_you_mean(str(name), kind_names())
        )
        raise SpecificationError("1 problem", where=f"insights/{path.name}", problems=[problem])
    if "files" in value:
        problem = located.problem(
            ("files",), "Files are read from where the settings name them.", "Take `files` out."
        )
        raise SpecificationError("1 problem", where=f"insights/{path.name}", problems=[problem])
    spec = parse(located, kind_of(str(name)).Spec)
    if spec.id != path.stem:
        problem = located.problem(
            ("id",), f'The id "{spec.id}" differs from the file name.', "Make them the same."
        )
        raise SpecificationError("1 problem", where=f"insights/{path.name}", problems=[problem])
    return spec.model_copy(update={"files": _files_of(spec, path)})


def _files_of(spec: InsightSpec, path: Path) -> dict[str, str]:
    """The text of the other files that an insight names, and a look at whether they can be used.

    Raises:
        SpecificationError: A file that is not there, or with problems of its own.
    """
    kind, texts = kind_of(spec.kind), {}
    for name, place in kind.files(spec).items():
        file = path.parent.parent / place
        if not file.is_file():
            there = sorted(each.stem for each in file.parent.glob("*.yaml"))
            raise SpecificationError(
                f"It names {place}, which does not exist.",
                where=f"insights/{path.name}",
                remedy=did_you_mean(file.stem, there),
            )
        texts[name] = _with_scenarios(file, kind.scenarios(spec))
    return texts


def _with_scenarios(file: Path, wanted: tuple[str, ...]) -> str:
    """The text of a file; of a pathway, with the scenarios that are wanted and have own files."""
    text = file.read_text(encoding="utf-8")
    folder = file.parent.parent / FOLDER
    if not wanted or not folder.is_dir():
        return text
    from forethought.plan.simulation.pathway_scenarios import scenario_faults, with_scenarios

    own = {
        read.stem: read.scenario.changes
        for read in read_scenarios(folder).good
        if read.scenario.pathway == file.stem
        and read.stem in wanted
        and not scenario_faults(text, read.located)
    }
    return with_scenarios(text, own)


def load_specs(folder: Path) -> dict[str, InsightSpec]:
    """All insights of a workspace by id, upstream first.

    Raises:
        SpecificationError: The problems of all files at once; an insight that follows none
            that exists, or itself.
    """
    specs: dict[str, InsightSpec] = {}
    problems: list[Problem] = []
    for path in sorted(folder.glob("*.yaml")):
        try:
            spec = load_spec(path)
        except ForethoughtError as error:
            problems += error.problems or [Problem(error.what, error.where, error.remedy)]
            problems = [
                Problem(
                    p.what, p.where if path.name in p.where else f"{path.name} {p.where}", p.remedy
                )
                for p in problems
            ]
        else:
            specs[spec.id] = spec
    problems += _unknown_upstream(specs)
    if problems:
        raise SpecificationError(f"{len(problems)} problems", where="insights", problems=problems)
    return {name: specs[name] for name in in_order(specs)}


def _unknown_upstream(specs: dict[str, InsightSpec]) -> list[Problem]:
    return [
        Problem(
            f'It follows "{name}", which does not exist.',
            f"{spec.id}.yaml",
            did_you_mean(name, specs),
        )
        for spec in specs.values()
        for name in upstream_of(spec)
        if name not in specs
    ]


def upstream_of(spec: InsightSpec) -> tuple[str, ...]:
    """Insights whose results it uses, as its kind says."""
    return kind_of(spec.kind).follows(spec)


def in_order(specs: dict[str, InsightSpec]) -> list[str]:
    """Ids so that each insight comes after those that it follows.

    Raises:
        SpecificationError: Insights follow each other in a ring.
    """
    done: list[str] = []
    waiting = dict(specs)
    while waiting:
        ready = [
            name
            for name, spec in waiting.items()
            if all(up in done or up not in specs for up in upstream_of(spec))
        ]
        if not ready:
            raise SpecificationError(
                "Insights follow each other in a ring: " + ", ".join(sorted(waiting)) + ".",
                where="insights",
                remedy="Take one name out of `follows`.",
            )
        for name in ready:
            done.append(name)
            del waiting[name]
    return done


def spec_named(specs: dict[str, InsightSpec], name: str) -> InsightSpec:
    """The insight of that id.

    Raises:
        NotFound: The workspace has none; names the nearest.
    """
    if name not in specs:
        raise NotFound(f'There is no insight "{name}" here.', remedy=did_you_mean(name, specs))
    return specs[name]
