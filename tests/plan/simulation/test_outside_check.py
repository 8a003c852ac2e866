"""The Ciw script of a pathway against queueing theory, and the STRESS-DES report of a run."""

from __future__ import annotations

import json
import math
import subprocess
import sys
from datetime import date
from pathlib import Path

import pytest
from tests.plan.simulation.answers import START, two_stages, uncertain_demand, waiting_list

import forethought as ft
from forethought.plan.simulation.ciw_script import ciw_script
from forethought.plan.simulation.pathway import (
    Arrivals,
    CareClass,
    Distribution,
    Pathway,
    Reneging,
    Resource,
    Route,
    Stage,
)
from forethought.plan.simulation.stress import stress_report

TEMPLATES = Path(ft.__file__).parent / "county" / "template" / "pathways"
SECTIONS = (
    "1.1", "1.2", "1.3", "2.1", "2.2", "2.3", "2.4", "2.5.1", "2.5.2", "2.5.3", "2.5.4", "2.5.5",
    "3.1", "3.2", "3.3", "3.4", "4.1", "4.2", "4.3", "5.1", "5.2", "5.3", "5.4", "6.1",
)  # fmt: skip


def clinic(*, priorities: bool, leave: float = 0.0) -> Pathway:
    """Three servers at 80% load."""
    classes = (CareClass("first", 1), CareClass("second", 2 if priorities else 1))
    names = ("first", "second")
    mix = {"first": 0.5, "second": 0.5}
    return Pathway(
        "clinic",
        classes,
        (Resource("staff", capacity=3),),
        (
            Stage(
                "work", "work", {name: (Route("end", 1.0),) for name in names},
                resources=("staff",), discipline="priority" if priorities else "fifo",
                arrivals=(Arrivals("come", mix, per_year=2.4 * 365.25),),
                effort={name: Distribution("exponential", 1.0, 1.0) for name in names},
                reneging={n: Reneging((0,), (leave,)) for n in names} if leave else {},
            ),
        ),
        continuous=True,
    )  # fmt: skip


def ciw_waits(
    pathway: Pathway, tmp_path: Path, replications: int = 6
) -> dict[str, tuple[float, float]]:
    """Mean days and standard error of each class, from running the script."""
    script = tmp_path / "check.py"
    end = date(2029, 12, 31)
    text = ciw_script(pathway, start=date(2027, 1, 1), end=end, replications=replications)
    script.write_text(text, encoding="utf-8")
    done = subprocess.run(
        [sys.executable, str(script)], capture_output=True, text=True, check=True, timeout=60
    )
    rows = [json.loads(line) for line in done.stdout.splitlines()]
    return {row["class"]: (row["mean_days"], row["standard_error"]) for row in rows}


def erlang_c(servers: int, load: float) -> float:
    terms = [load**n / math.factorial(n) for n in range(servers)]
    last = load**servers / math.factorial(servers) * servers / (servers - load)
    return last / (sum(terms) + last)


def test_the_script_waits_as_erlang_says(tmp_path: Path) -> None:
    expected = erlang_c(3, 2.4) / (3 - 2.4)
    for mean, error in ciw_waits(clinic(priorities=False), tmp_path).values():
        assert error < 0.2 * expected
        assert abs(mean - expected) < 4 * error


def test_the_script_serves_priorities_as_cobham_says(tmp_path: Path) -> None:
    waits = ciw_waits(clinic(priorities=True), tmp_path)
    base = erlang_c(3, 2.4) / 3
    first = base / (1 - 0.4)
    second = base / ((1 - 0.4) * (1 - 0.8))
    for name, expected in (("first", first), ("second", second)):
        mean, error = waits[name]
        assert abs(mean - expected) < 4 * error
        assert error < 0.2 * expected


def test_who_leaves_the_list_leaves_it_in_the_script_too(tmp_path: Path) -> None:
    patient = ciw_waits(clinic(priorities=False), tmp_path, 2)["first"][0]
    leaving = ciw_waits(clinic(priorities=False, leave=0.5), tmp_path, 2)["first"][0]
    assert leaving < patient / 2


@pytest.mark.parametrize("file", sorted(TEMPLATES.glob("*.yaml")), ids=lambda path: path.stem)
def test_the_script_of_every_ready_pathway_says_what_it_leaves_out(file: Path) -> None:
    pathway = ft.plan.Pathway.from_yaml(file)
    rows = {f.flow: 20.0 for stage in pathway.stages for f in stage.arrivals}
    demand = ft.plan.Demand.constant(rows, start=START, end=date(2027, 4, 30))
    text = ciw_script(pathway, demand, start=START, end=date(2027, 4, 5))
    compile(text, file.name, "exec")
    assert "- today's waiting list: Ciw starts empty" in text
    if any(len(stage.resources) > 1 for stage in pathway.stages):
        assert "- help from a second team" in text


def test_a_network_runs_through_ciw(tmp_path: Path) -> None:
    script = tmp_path / "check.py"
    text = ciw_script(
        two_stages(20.0), uncertain_demand(30.0), start=START, end=date(2026, 9, 30), replications=2
    )
    script.write_text(text, encoding="utf-8")
    done = subprocess.run(
        [sys.executable, str(script)], capture_output=True, text=True, check=True, timeout=60
    )
    stages = {json.loads(line)["stage"] for line in done.stdout.splitlines()}
    assert stages == {"assessment", "planning"}
    assert "teams of several stages are split between them by load" in text


def test_the_report_fills_every_section_of_the_checklist() -> None:
    run = ft.plan.simulate(
        two_stages(30.0), uncertain_demand(), waiting_list(60, "standard"), start=START,
        end=date(2026, 6, 30), replications=10, engine="cohort", seed=42,
    )  # fmt: skip
    text = stress_report(run, purpose="To see whether 30 are enough.")
    parts = [part.split("\n", 1) for part in text.split("\n### ")[1:]]
    assert [title.split(" ")[0] for title, _ in parts] == list(SECTIONS)
    bodies = {title.split(" ")[0]: body.split("\n## ")[0].strip() for title, body in parts}
    assert all(bodies.values())
    assert "To see whether 30 are enough." in bodies["1.1"]
    assert "```mermaid" in bodies["2.1"]
    assert "assessment, urgent: 70.0% to planning and 30.0% to end." in bodies["2.2"]
    assert "60 cases" in bodies["4.1"]
    assert "10 futures" in bodies["4.3"]
    assert "seed (42)" in bodies["5.2"]
    assert "`cohort`" in bodies["5.3"]
    again = bodies["6.1"].split("```yaml\n")[1].split("\n```")[0]
    assert ft.plan.Pathway.from_yaml(again) == run.pathway
