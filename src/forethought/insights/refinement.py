"""Refinement: better and better blocks of a run or what-if, worked out after its page is shown.

Nothing is stored: a finer drawing has the name of its step (`chances-finer-3`), so that an address
always means the same drawing.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import date

from forethought.errors import DisclosureError, NotFound
from forethought.insights.blocks import Block, Chart, Published, Table, from_json
from forethought.insights.programme import Programme, spec_of
from forethought.insights.publication import detach, small_number_check
from forethought.insights.registry import kind_of

_FINER = re.compile(r"^(.+)-finer-(\d+)$")


@dataclass(frozen=True)
class Finer:
    """The blocks of one step, and their drawings.

    Args:
        step: Its number, from 1.
        blocks: Blocks with the names of their drawings.
        drawings: SVG text by the name that addresses use: `chances-finer-3-wide`.
    """

    step: int
    blocks: tuple[Block, ...]
    drawings: Mapping[str, str]

    @property
    def size(self) -> int:
        """Bytes that it takes, nearly."""
        return sum(map(len, self.drawings.values())) + sum(len(repr(b)) for b in self.blocks)


def refinements(programme: Programme, run_id: str, view: Mapping[str, str]) -> Iterator[Finer]:
    """The refinements of a run's view, coarse first; the last is the best.

    Raises:
        NotFound: No such run.
        UsageError: The form has no such choice.
        DisclosureError: A refined table would show a small number.
    """
    receipt = programme.receipt(run_id)
    kind, spec = kind_of(receipt.kind), spec_of(receipt)
    if not kind.refines:
        return
    changes = {key: value for key, value in sorted(view.items()) if value}
    context = programme.context(
        spec, date.fromisoformat(receipt.as_of), receipt.minimum_count, receipt.upstream
    )
    results = kind.refine(programme.result(run_id), changes, spec)
    for step, result in enumerate(results, start=1):
        blocks = kind.publish_refined(result, spec, context)
        check = small_number_check(blocks, receipt.minimum_count)
        if not check.passed:
            raise DisclosureError("A refinement would show a small number.", where=check.found)
        stored, drawings = detach(_of_step(block, step) for block in blocks)
        yield Finer(step, tuple(from_json(block) for block in stored), drawings)


def _of_step(block: Block, step: int) -> Block:
    if isinstance(block, Chart):
        return replace(block, name=f"{block.name}-finer-{step}")
    return block


def with_finer(blocks: Iterable[Block], finer: Finer | None) -> tuple[Block, ...]:
    """The blocks of a page with those that are refined in the place of their own."""
    if finer is None:
        return tuple(blocks)
    better = {_key(block): block for block in finer.blocks}
    return tuple(better.get(_key(block), block) for block in blocks)


def refined(programme: Programme, published: Published) -> Published:
    """A view with the best blocks that there are, worked out here and now."""
    best = None
    for best in refinements(programme, published.run_id, published.view):  # noqa: B007
        continue
    return replace(published, blocks=with_finer(published.blocks, best))


def step_of(name: str) -> int:
    """The step that a drawing is of; 0 for a run's own."""
    found = _FINER.match(name)
    return int(found[2]) if found else 0


def plain_name(name: str) -> str:
    """Name of a chart without its step."""
    found = _FINER.match(name)
    return found[1] if found else name


def finer_drawing(finer: Finer, name: str, size: str) -> bytes:
    """A drawing of a step as SVG.

    Raises:
        NotFound: The step has no such drawing.
    """
    if f"{name}-{size}" not in finer.drawings:
        raise NotFound("The run has no such drawing.")
    return finer.drawings[f"{name}-{size}"].encode()


def _key(block: Block) -> tuple[str, str]:
    if isinstance(block, Chart):
        return "chart", plain_name(block.name)
    return (block.kind, block.name) if isinstance(block, Table) else (block.kind, "")
