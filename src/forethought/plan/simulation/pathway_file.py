"""Pathway files: YAML to `Pathway`, and every problem of a file at once."""

from __future__ import annotations

from pathlib import Path

from forethought.errors import Problem, SpecificationError
from forethought.place.yaml_files import Located, Place, read_yaml, read_yaml_text
from forethought.plan.simulation.pathway import Pathway
from forethought.plan.simulation.pathway_faults import shaped
from forethought.plan.simulation.pathway_lowering import Lowered, lowered
from forethought.plan.simulation.pathway_rules import broken_rules
from forethought.plan.simulation.pathway_text import pathway_to_yaml

__all__ = ["load_pathways", "pathway_from_yaml", "pathway_to_yaml"]

TEXT = Path("pathway text")
"""What messages call a pathway that came as text."""

_DECIDES = {"kind", "fte", "units"}
"""Keys that decide what the others of their group mean."""


def pathway_from_yaml(path_or_text: str | Path) -> Pathway:
    """Read a pathway file, or its text.

    Args:
        path_or_text: A path; or a string that is a path when it ends in `.yaml` or `.yml` and is
            one line, else the text itself.

    Raises:
        SpecificationError: Every problem of the file at once, with line, value and remedy.
    """
    located = _located(path_or_text)
    if not isinstance(located.value, dict):
        raise SpecificationError(
            "The file is empty or no group of keys and values.",
            where=located.path.name,
            remedy="Start with: pathway: my_service",
        )
    parts, faults = shaped(located)
    found: list[tuple[Place, Problem]] = list(faults)
    pathway = None
    if parts is not None:
        made: Lowered = lowered(parts)
        pathway = made.pathway
        problems = [*made.problems, *broken_rules(made, located.value)]
        taken = [place[:-1] if place[-1] in _DECIDES else place for place, _ in faults]
        found += [
            (place, located.problem(place, what, remedy))
            for place, what, remedy in dict.fromkeys(problems)
            if not _follows(place, taken)
        ]
    if found or pathway is None:
        found.sort(key=lambda pair: located.line(pair[0]))
        count = "1 problem" if len(found) == 1 else f"{len(found)} problems"
        raise SpecificationError(
            count, where=located.path.name, problems=[problem for _, problem in found]
        )
    return pathway


def load_pathways(folder: Path) -> dict[str, Pathway]:
    """All pathways of a folder by name; each file is named as its pathway.

    Raises:
        SpecificationError: The problems of all files at once.
    """
    found: dict[str, Pathway] = {}
    problems: list[Problem] = []
    for path in sorted(folder.glob("*.yaml")):
        where = f"{folder.name}/{path.name}"
        try:
            pathway = pathway_from_yaml(path)
        except SpecificationError as error:
            own = error.problems or [Problem(error.what, "", error.remedy)]
            problems += [Problem(p.what, f"{where} {p.where}".rstrip(), p.remedy) for p in own]
            continue
        if pathway.name != path.stem:
            what = f'The pathway "{pathway.name}" differs from the file name.'
            problems.append(Problem(what, where, "Make them the same."))
        found[path.stem] = pathway
    if problems:
        count = "1 problem" if len(problems) == 1 else f"{len(problems)} problems"
        raise SpecificationError(count, where=folder.name, problems=problems)
    return found


def _located(path_or_text: str | Path) -> Located:
    if isinstance(path_or_text, Path):
        return read_yaml(path_or_text)
    if "\n" not in path_or_text and path_or_text.endswith((".yaml", ".yml")):
        return read_yaml(Path(path_or_text))
    return read_yaml_text(path_or_text, TEXT)


def _follows(place: Place, taken: list[Place]) -> bool:
    """Whether a problem may only be there because a fault was taken out of the file."""
    return any(old[: len(place)] == place or place[: len(old)] == old for old in taken if place)
