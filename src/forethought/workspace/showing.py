"""What commands and notebooks show of insights and runs."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from forethought.insights.blocks import Headline, Published, Table, Text, to_json
from forethought.insights.receipt import Receipt

if TYPE_CHECKING:
    from forethought.workspace.door import Workspace


@dataclass(frozen=True)
class Listed:
    """An insight and its newest run; `state` is `current`, `due` or `none`."""

    id: str
    kind: str
    question: str
    run_id: str
    as_of: str
    state: str


@dataclass(frozen=True)
class Shown:
    """A run as text.

    Args:
        receipt: Its receipt.
        published: One of its views.
        notes: What a reader must know of it today, in sentences.
    """

    receipt: Receipt
    published: Published
    notes: tuple[str, ...] = ()

    def lines(self) -> list[str]:
        """The answer, the tables and where it comes from."""
        out = [self.receipt.question, ""]
        for block in self.published.blocks:
            if isinstance(block, Headline):
                out += [block.text.replace("**", ""), ""]
            elif isinstance(block, Text):
                out += [block.heading, *(f"- {item.replace('**', '')}" for item in block.items), ""]
            elif isinstance(block, Table):
                out += [*_table_lines(block), ""]
        receipt = self.receipt
        out += self.notes
        out.append(f"Run {receipt.run_id}, data to {receipt.as_of}, made {receipt.made_at}.")
        return out

    def as_json(self) -> dict[str, Any]:
        """The receipt and the blocks as JSON values."""
        return {
            "receipt": self.receipt.as_json(),
            "view": dict(self.published.view),
            "notes": list(self.notes),
            "blocks": [to_json(block) for block in self.published.blocks],
        }

    def _repr_html_(self) -> str:
        from forethought.insights.notebook import blocks_html

        return blocks_html(
            self.published.blocks, title=self.receipt.question, receipt=self.receipt.run_id
        )


def _table_lines(table: Table) -> list[str]:
    cells = [
        tuple(column.label for column in table.columns),
        *(tuple(cell.replace("\n", "; ") for cell in row) for row in table.rows),
    ]
    widths = [max(len(row[i]) for row in cells) for i in range(len(table.columns))]
    lines = [f"{table.heading} ({table.caption})"]
    for row in cells:
        parts = [
            cell.rjust(width) if column.numeric else cell.ljust(width)
            for cell, width, column in zip(row, widths, table.columns, strict=True)
        ]
        lines.append("  ".join(parts).rstrip())
    return lines


def listed(workspace: Workspace) -> list[Listed]:
    """Every declared insight, upstream first."""
    from forethought.insights.runner import due

    programme = workspace.programme
    stale = set(due(programme))
    found = []
    for spec in programme.specs.values():
        receipt = programme.latest(spec.id)
        state = "none" if receipt is None else "due" if spec.id in stale else "current"
        run_id, as_of = (receipt.run_id, receipt.as_of) if receipt else ("", "")
        found.append(Listed(spec.id, spec.kind, spec.question, run_id, as_of, state))
    return found


def shown(workspace: Workspace, receipt: Receipt, published: Published) -> Shown:
    """A run with one of its views, and what must be known of it today."""
    from forethought.workspace.standing import left_out_of, standing_of

    standing = standing_of(workspace.wiring, receipt, workspace.username)
    erased = "People were erased from the data since this run." if standing.erased else ""
    notes = (standing.why, erased, *left_out_of(receipt))
    return Shown(receipt, published, tuple(note for note in notes if note))
