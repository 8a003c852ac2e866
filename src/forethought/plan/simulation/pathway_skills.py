"""Staff asked for by skill: a stage names skills, and is served by the pools that have them."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace

from forethought.plan.simulation.pathway import Pathway, Resource, Stage


def pools_with(skills: Iterable[str], pools: Sequence[Resource]) -> tuple[str, ...]:
    """Names of the pools that have a skill, those with the first skill first.

    Args:
        skills: Skills, best first.
        pools: In the order of the pathway, which is their order within a skill.
    """
    found = [pool.name for skill in skills for pool in pools if skill in pool.skills]
    return tuple(dict.fromkeys(found))


def by_skill(stage: Stage, pools: Sequence[Resource]) -> Stage:
    """A stage with the pools that its skills ask for; one that names pools stays as it is."""
    return replace(stage, resources=pools_with(stage.skills, pools)) if stage.skills else stage


def served_by_skill(stage: Stage, pools: Sequence[Resource]) -> bool:
    """Whether the pools of a stage are those that its skills ask for."""
    return bool(stage.skills) and stage.resources == pools_with(stage.skills, pools)


def with_pools(pathway: Pathway, pools: tuple[Resource, ...]) -> Pathway:
    """A pathway with other pools, its stages served by those that have the skills they ask for."""
    stages = tuple(by_skill(stage, pools) for stage in pathway.stages)
    return replace(pathway, resources=pools, stages=stages)


def skills_of(pools: Iterable[Resource]) -> list[str]:
    """All skills that somebody has, in the order of the pathway."""
    return list(dict.fromkeys(skill for pool in pools for skill in pool.skills))
