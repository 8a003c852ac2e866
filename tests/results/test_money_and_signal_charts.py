from __future__ import annotations

import re
from collections.abc import Callable

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from forethought.errors import DataError
from forethought.results import charts, tokens, words
from forethought.results.charts import Step
from forethought.results.drawing import Drawing
from forethought.results.words import MINUS

Check = Callable[[Drawing, int], list[str]]
Texts = Callable[[str], list[str]]

slow = settings(
    max_examples=8, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)

# Bridge


def stepped(opening: float, *years: list[tuple[str, float]]) -> list[Step]:
    """An opening, then the changes of each year and its closing."""
    steps, running = [Step("Budget at the start", opening, total=True)], opening
    for year, changes in enumerate(years, start=1):
        for name, value in changes:
            running += value
            steps.append(Step(name, value))
        steps.append(Step(f"Net cost of year {year}", running, total=True))
    return steps


STEPS = stepped(
    388e6,
    [("Over budget", 3.6e6), ("More residents", 5.9e6), ("Grants", 0.0)],
    [("Price of care", 15.2e6), ("Savings", -5.1e6), ("Not explained", -2e4)],
)


def net_cost(steps: list[Step], **more: object) -> Drawing:
    return charts.bridge(steps, what="Net cost", place="here", **more)  # type: ignore[arg-type]


def rects(svg: str, colour: str) -> list[tuple[float, float, float]]:
    """Left, width and top of the bars of a colour, in their order."""
    pattern = rf'd="M([-\d.]+),([-\d.]+)h([-\d.]+)v22h-[\d.]+Z"[^>]*fill="{colour}"'
    found = re.findall(pattern, svg, re.IGNORECASE)
    return [(float(x), float(wide), float(y)) for x, y, wide in found]


def test_a_bridge_shows_every_row_in_order_with_its_figure(
    texts_of: Texts, check_drawing: Check
) -> None:
    drawing = net_cost(STEPS)
    names = [step.name for step in STEPS]
    said = ["£388.0m", "+£3.6m", "+£5.9m", "no change", "£397.5m"]
    said += ["+£15.2m", f"{MINUS}£5.1m", "slightly less", "£407.6m"]
    for svg in (drawing.wide, drawing.medium, drawing.narrow):
        assert [text for text in texts_of(svg) if text in names] == names
        assert [text for text in texts_of(svg) if text in said] == said
    assert check_drawing(drawing, 1058) == []


def test_changes_float_from_the_running_total() -> None:
    """A change starts where the last one ended, and a pound has one length in all rows."""
    svg = net_cost(STEPS).wide
    bars = sorted(rects(svg, tokens.BLUE) + rects(svg, tokens.TURQUOISE), key=lambda bar: bar[2])
    over, people, price, savings, _ = bars
    assert people[0] == pytest.approx(over[0] + over[1], abs=0.1)
    assert price[0] == pytest.approx(people[0] + people[1], abs=0.1)
    assert savings[0] + savings[1] == pytest.approx(price[0] + price[1], abs=0.1)
    for bar, pounds in ((people, 5.9), (price, 15.2), (savings, 5.1)):
        assert bar[1] / pounds == pytest.approx(over[1] / 3.6, rel=0.01)


def test_totals_are_marks_where_the_axis_is_cut_and_bars_from_zero_elsewhere() -> None:
    cut, whole = net_cost(STEPS), net_cost(stepped(3e6, [("Rise", 4e6), ("Fall", -6e6)]))
    assert {wide for _, wide, _ in rects(cut.wide, tokens.BASE_PLAN)} == {6}
    assert cut.measure == "The axis starts at £380m, so totals are marks, not bars."
    opening, closing = rects(whole.wide, tokens.BASE_PLAN)
    assert opening[0] == closing[0]
    assert opening[1] == pytest.approx(3 * closing[1], rel=0.01)
    assert not whole.measure


def test_the_alternative_text_of_a_bridge_has_its_ends_and_the_largest_changes() -> None:
    alt = net_cost(STEPS, table="By row").alt
    assert "Budget at the start £388.0m; Net cost of year 2 £407.6m" in alt
    assert f"Price of care +£15.2m; More residents +£5.9m; Savings {MINUS}£5.1m" in alt
    assert "On the way: Net cost of year 1 £397.5m" in alt
    assert alt.endswith('Figures in the table "By row".')
    assert "No change" in net_cost(stepped(1e6, [("Grants", 0.0)])).alt


@pytest.mark.parametrize("off", [0.02, -0.02, 5e6])
def test_a_total_that_the_rows_do_not_reach_is_refused(off: float) -> None:
    for at in (4, 8):
        steps = list(STEPS)
        steps[at] = Step(steps[at].name, steps[at].value + off, total=True)
        with pytest.raises(DataError) as caught:
            net_cost(steps)
        assert steps[at].name in str(caught.value.as_json())
        assert f"{off:+,.2f}" in str(caught.value.as_json())


def test_a_penny_of_rounding_is_no_fault() -> None:
    steps = [*STEPS[:-1], Step("Close", STEPS[-1].value + 0.009, total=True)]
    assert net_cost(steps).wide


@pytest.mark.parametrize(
    "steps",
    [
        [],
        [Step("Alone", 1.0, total=True)],
        STEPS[1:],
        STEPS[:-1],
        [STEPS[0], Step("Odd", float("nan")), Step("End", 1.0, total=True)],
    ],
)
def test_steps_without_both_ends_or_with_no_number_are_refused(steps: list[Step]) -> None:
    with pytest.raises(DataError):
        net_cost(steps)


def test_a_bridge_of_people_has_their_words(texts_of: Texts, check_drawing: Check) -> None:
    drawing = net_cost(
        stepped(120, [("Starters", 40), ("Leavers", -70)]),
        number=words.signed,
        total_number=words.rounded,
        width=tokens.WIDE_HALF,
    )
    assert {"120", "+40", f"{MINUS}70", "90", "80", "160"} <= set(texts_of(drawing.wide))
    assert check_drawing(drawing, 530) == []


POUNDS = st.floats(-5e8, 5e8) | st.floats(-1e3, 1e3) | st.just(0.0)


@slow
@given(
    opening=POUNDS,
    years=st.lists(st.lists(POUNDS, min_size=1, max_size=6), min_size=1, max_size=3),
    more=st.sampled_from(["", " of people who already have support at the end of the year"]),
)
def test_no_figure_of_a_bridge_is_cut_or_covered(
    check_drawing: Check, opening: float, years: list[list[float]], more: str
) -> None:
    named = [[(f"Change {n}{more}", v) for n, v in enumerate(year)] for year in years]
    assert check_drawing(net_cost(stepped(opening, *named)), 1058) == []
