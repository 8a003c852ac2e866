"""Sums among the cells of a table: plain figures on a page, live formulas in a workbook."""

from __future__ import annotations

from collections.abc import Sequence
from math import isfinite
from typing import TYPE_CHECKING

from forethought.errors import Problem

if TYPE_CHECKING:
    from forethought.insights.blocks import Formula, Scalar

HALF_A_PENNY = 0.005


def formula_problems(
    formulas: Sequence[Formula], values: Sequence[Sequence[Scalar]]
) -> list[Problem]:
    """What keeps formulas from giving the figures of a table.

    Args:
        formulas: The formulas of a table.
        values: Its cells; those of formulas hold what they give.
    """
    problems, seen = [], set()
    for formula in formulas:
        where = f"row {formula.row}, column {formula.column}"
        cells = [_number(values, at) for at in (formula.cell, *formula.needs)]
        known = [cell for cell in cells if cell is not None]
        if not formula.terms:
            problems.append(Problem("A formula sums no cell.", where))
        elif any(sign not in {-1, 1} for sign, _, _ in formula.terms):
            problems.append(Problem("A sign is neither +1 nor -1.", where))
        elif formula.cell in seen:
            problems.append(Problem("A cell has two formulas.", where))
        elif len(known) < len(cells):
            problems.append(Problem("A formula needs cells of the table with numbers.", where))
        else:
            signs = [sign for sign, _, _ in formula.terms]
            off = sum(s * cell for s, cell in zip(signs, known[1:], strict=True)) - known[0]
            if abs(off) > HALF_A_PENNY + 1e-9:
                problems.append(Problem(f"Its formula gives {off:+,.2f} too much.", where))
        seen.add(formula.cell)
    return problems or _circles(formulas)


def _number(values: Sequence[Sequence[Scalar]], at: tuple[int, int]) -> float | None:
    """The number in a cell; None where there is no such cell, or no number in it."""
    row, column = at
    if not (0 <= row < len(values) and 0 <= column < len(values[row])):
        return None
    cell = values[row][column]
    if isinstance(cell, bool) or not isinstance(cell, int | float) or not isfinite(cell):
        return None
    return float(cell)


def _circles(formulas: Sequence[Formula]) -> list[Problem]:
    """A problem where formulas wait for each other's cells, which no spreadsheet can compute."""
    waiting = {formula.cell: set(formula.needs) for formula in formulas}
    while True:
        ready = {cell for cell, needs in waiting.items() if not needs & waiting.keys()}
        if not ready:
            break
        waiting = {cell: needs for cell, needs in waiting.items() if cell not in ready}
    return [
        Problem("A formula leads back to its own cell.", f"row {row}, column {column}")
        for row, column in sorted(waiting)
    ]
