from __future__ import annotations

import re
from dataclasses import replace
from datetime import date
from itertools import pairwise, product
from pathlib import Path
from typing import Any

import polars as pl
import pytest
from pydantic import ValidationError
from tests.plan.demand_events import areas, made_events

from forethought.county import __file__ as county_file
from forethought.data.disclosure import attack
from forethought.errors import SpecificationError, UsageError
from forethought.insights.base import EarlierRun, Result, RunContext
from forethought.insights.blocks import (
    Block,
    Chart,
    Figure,
    Form,
    Headline,
    Map,
    Method,
    Table,
    Text,
    from_json,
    to_json,
)
from forethought.insights.kinds.demand import DemandInsight, DemandSpec, last_forecast_day
from forethought.insights.kinds.demand_small import (
    AXES,
    Passing,
    by_year,
    hidden_cells,
    levels,
    offered,
    safest_by_month,
    within,
)
from forethought.insights.specs import load_spec
from forethought.plan.demand import panel
from forethought.plan.demand.summary import Choices
from forethought.testing.insights import problems_of_blocks

AS_OF = date(2024, 10, 31)
KIND = DemandInsight()


def spec(**settings: Any) -> DemandSpec:
    return DemandSpec.model_validate(
        {
            "id": "demand",
            "kind": "demand",
            "title": "Demand",
            "question": "How many adults will need support?",
            "purpose": "plan-services",
            "owner": "priya.nair",
            "review_by": "2027-03-31",
            "settings": {"paths": 200, "most_series": 24, "years_ahead": 1, **settings},
        }
    )


def square(code: str, left: float) -> dict[str, Any]:
    ring = [[left, 0.0], [left + 1, 0.0], [left + 1, 1.0], [left, 1.0], [left, 0.0]]
    return {
        "type": "Feature",
        "properties": {"district_code": code, "name": code},
        "geometry": {"type": "Polygon", "coordinates": [ring]},
    }


CONTEXT = RunContext(
    as_of=AS_OF,
    seed=1,
    minimum_count=10,
    place="Testshire",
    geometry={
        "district": {"type": "FeatureCollection", "features": [square("D1", 0), square("D2", 1)]}
    },
)


@pytest.fixture(scope="module")
def frames() -> dict[str, pl.DataFrame]:
    events = made_events(months=66, last=date(2024, 10, 1), seed=21, late_days=8)
    return {"asc_events": events, "area_lookup": areas()}


@pytest.fixture(scope="module")
def result(frames: dict[str, pl.DataFrame]) -> Result:
    return KIND.compute(frames, spec(), CONTEXT)


@pytest.fixture(scope="module")
def open_result(frames: dict[str, pl.DataFrame]) -> Result:
    """The same as open data, without the back-run."""
    quick = spec(back_run=False)
    return KIND.compute(frames, quick, replace(CONTEXT, minimum_count=1))


@pytest.fixture(scope="module")
def page(result: Result) -> list[Block]:
    return KIND.publish(result, spec(), CONTEXT, {})


def only(blocks: list[Block], kind: type[Any]) -> Any:
    found = [block for block in blocks if isinstance(block, kind)]
    assert found
    return found[0]


def test_a_year_ahead_ends_on_the_last_day_of_a_financial_year() -> None:
    assert last_forecast_day(date(2026, 10, 31), 3) == date(2030, 3, 31)
    assert last_forecast_day(date(2026, 3, 31), 3) == date(2029, 3, 31)


def test_reads_name_datasets_and_columns_without_identifiers() -> None:
    reads = KIND.reads(spec())
    assert set(reads) == {"asc_events", "area_lookup"}
    columns = {column for names in reads.values() for column in names}
    assert not columns & {"nhs_number", "postcode", "date_of_birth", "la_person_unique_identifier"}


def test_an_unknown_setting_is_refused() -> None:
    with pytest.raises(ValidationError):
        spec(horizon=3)
    with pytest.raises(ValidationError):
        spec(years_ahead=9)


def test_the_countys_own_file_is_a_valid_specification() -> None:
    folder = Path(county_file).parent / "template" / "insights"
    loaded = load_spec(folder / "demand.yaml")
    assert isinstance(loaded, DemandSpec)
    assert loaded.settings.years_ahead == 3
    assert loaded.owner == "priya.nair"


def test_mistakes_in_shocks_and_prices_are_told_with_their_line_and_the_nearest_name(
    tmp_path: Path,
) -> None:
    folder = Path(county_file).parent / "template" / "insights"
    text = (folder / "demand.yaml").read_text()
    wrong = text.replace("flows: [requests, starts]", "flows: [request, starts]", 1)
    wrong = wrong.replace("shape: level_shift", "shap: level_shift").replace(
        "low_pct", "lowest_pct"
    )
    path = tmp_path / "demand.yaml"
    path.write_text(wrong)
    with pytest.raises(SpecificationError) as error:
        load_spec(path)
    told = "\n".join(str(problem) for problem in error.value.problems)
    for name in ("requests", "shape", "low_pct"):
        assert f'Did you mean "{name}"?' in told
    lines = wrong.splitlines()
    for mistake in ("[request,", "shap:", "lowest_pct"):
        line = next(n for n, words in enumerate(lines, start=1) if mistake in words)
        assert f"line {line}" in told


@pytest.mark.parametrize(
    "settings",
    [
        {"price_uplift": {"low_pct": 5, "likely_pct": 3, "high_pct": 8, "source": "a guess"}},
        {"shocks": [{"name": "x", "start": "2020-03-01", "end": "2020-04-01",
                     "flows": ["requests"], "service": "day"}]},
        {"source": {"layout": "counts", "dataset": "d", "date": "m", "value": "v",
                    "measure": "things"},
         "shocks": [{"name": "x", "start": "2020-03-01", "flows": ["starts"]}]},
    ],
)  # fmt: skip
def test_settings_that_say_nothing_are_refused(settings: dict[str, Any]) -> None:
    with pytest.raises(ValidationError):
        spec(**settings)


def test_the_page_tells_declared_breaks_and_what_the_range_of_cost_holds(result: Result) -> None:
    told = spec(
        price_uplift={"low_pct": 3, "likely_pct": 5, "high_pct": 8, "source": "The plan"},
        shocks=[{"name": "a new form", "start": "2021-04-01", "shape": "level_shift",
                 "flows": ["requests"], "source": "Guide"}],
    )  # fmt: skip
    rows = dict(only(KIND.publish(result, told, CONTEXT, {}), Method).rows)
    assert rows["What happened once"] == (
        "A new form (from April 2021; requests): months before moved to the level after it. "
        "Source: Guide."
    )
    assert "5% (8 in 10 chance of 3% to 8%) more every April" in rows["Prices"]
    assert "Ranges of cost hold both" in rows["Prices"]
    assert re.search(r"\d+ earlier dates", rows["Track record"])
    plain = dict(only(KIND.publish(result, spec(), CONTEXT, {}), Method).rows)
    assert "people alone" in plain["Prices"]


def test_every_setting_is_described() -> None:
    def undescribed(schema: dict[str, Any]) -> list[str]:
        models = [schema, *schema.get("$defs", {}).values()]
        return [
            name
            for model in models
            for name, field in model.get("properties", {}).items()
            if not field.get("description")
        ]

    assert undescribed(DemandSpec.model_json_schema()) == []


def test_checks_pass_and_say_what_they_found(result: Result) -> None:
    found = {check.name: check for check in result.checks}
    expected = {"Districts add up", "Stock and flow agree", "Earlier ranges", "Earlier errors"}
    assert expected <= set(found)
    assert found["Districts add up"].passed
    assert found["Stock and flow agree"].passed
    assert re.search(r"\d+ of \d+ \(\d+%\) from \d dates", found["Earlier ranges"].found)


def test_the_headline_answers_in_one_sentence_with_its_range(page: list[Block]) -> None:
    text = only(page, Headline).text
    pattern = (
        r"^By March 2026 we expect \*\*[\d,]+ adults\*\* to have long-term support, .+ than now\. "
        r"There is an 8 in 10 chance that it will be between \*\*[\d,]+ and [\d,]+\*\*\.$"
    )
    assert re.match(pattern, text)
    assert len(text.split()) <= 45
    assert 1 <= text.count("**") // 2 <= 4


def test_the_page_has_every_part(page: list[Block]) -> None:
    roles = [block.role for block in page if isinstance(block, Text)]
    assert {"actions", "limits", "note"} == set(roles)
    for kind in (Form, Map, Method, Figure):
        only(page, kind)


def test_every_chart_names_a_table_that_is_there_and_holds_its_last_figure(
    page: list[Block],
) -> None:
    tables = {block.name: block for block in page if isinstance(block, Table)}
    charts = [block for block in page if isinstance(block, Chart)]
    assert len(charts) >= 2
    assert all(chart.table in tables for chart in charts)
    fan = next(chart for chart in charts if chart.name == "people-supported")
    rows = tables[fan.table].rows
    last = next(before for before, row in pairwise(rows) if row[2] == "actual")
    assert rows[0][0] == "November 2024"  # the coming months first, then the past back in time
    assert [row[0] for row in rows if row[2] == "actual"][:2] == ["October 2024", "September 2024"]
    assert f"{last[1]} in {last[0]}" in fan.wide
    assert len(fan.alt.split()) <= 70


def test_a_table_shows_what_it_holds(page: list[Block]) -> None:
    for table in (block for block in page if isinstance(block, Table)):
        for texts, values in zip(table.rows, table.values, strict=True):
            assert len(texts) == len(values) == len(table.columns)
            for text, value, column in zip(texts, values, table.columns, strict=True):
                if column.counts_people:
                    shown = "[c]" if value is None else f"{value:,}"
                    assert text == shown


def test_past_years_say_actual_and_future_ones_a_range(page: list[Block]) -> None:
    table = next(b for b in page if isinstance(b, Table) and "by-year" in b.name)
    assert [row[2] for row in table.rows][:2] == ["actual", "actual"]
    assert all(" to " in row[2] for row in table.rows[2:])
    assert table.rows[-1][0] == "2025 to 2026"


def test_blocks_survive_being_stored(page: list[Block]) -> None:
    assert [from_json(to_json(block)) for block in page] == page


def test_a_service_has_its_own_words(result: Result) -> None:
    blocks = KIND.publish(result, spec(), CONTEXT, {"service": "residential"})
    assert "to have residential care" in only(blocks, Headline).text
    table = next(b for b in blocks if isinstance(b, Table) and "by-year" in b.name)
    assert any(column.label == "Starts in the year" for column in table.columns)


def test_unknown_questions_and_answers_are_refused_with_the_nearest(result: Result) -> None:
    with pytest.raises(UsageError, match='no choice "servce"') as error:
        KIND.publish(result, spec(), CONTEXT, {"servce": "nursing"})
    assert "service" in str(error.value)
    with pytest.raises(UsageError, match="no choice of") as error:
        KIND.publish(result, spec(), CONTEXT, {"service": "nursng"})
    assert 'Did you mean "nursing"?' in str(error.value)


def test_every_view_keeps_the_rules_of_all_kinds_and_shows_no_small_number(result: Result) -> None:
    form = only(KIND.publish(result, spec(), CONTEXT, {}), Form)
    axes = {choice.name: [value for value, _ in choice.options] for choice in form.choices}
    few = {name: values[:4] for name, values in axes.items()}
    for answers in product(*few.values()):
        view = dict(zip(few, answers, strict=True))
        blocks = KIND.publish(result, spec(), CONTEXT, view)
        assert problems_of_blocks(blocks, CONTEXT.minimum_count) == [], view


def test_stored_counts_hold_no_small_number(result: Result) -> None:
    months = result.tables["months"]
    assert months.filter(pl.col("observed").is_between(0.5, 9.5)).is_empty()
    years = result.tables["years"].filter(pl.col("measure").is_in(["supported", "starts"]))
    assert years.filter(pl.col("mean").is_between(0.5, 9.5)).is_empty()


def test_each_month_hides_what_is_small_in_it_and_no_other() -> None:
    """A group of 9 in one month and 40 in another is hidden in the first alone."""
    first, second = date(2024, 3, 1), date(2024, 4, 1)
    counts = {first: (60, 30, 9), second: (60, 50, 40)}
    frames = {
        ds: pl.DataFrame(
            {"service": ["all", "a", "b", "c"], "who": "all", "district": "all",
             "count": [float(sum(three)), *map(float, three)]}
        )
        for ds, three in counts.items()
    }  # fmt: skip
    shown = pl.concat(frame.with_columns(ds=pl.lit(ds)) for ds, frame in frames.items())
    kept, hidden = safest_by_month(frames, shown, [("service",)], minimum=10)
    assert kept == (("service",),)
    assert set(hidden.cells["ds"]) == {first}
    assert set(hidden.cells["service"]) == {"b", "c"}
    assert set(by_year(hidden).cells.select("service", "year").iter_rows()) == {
        ("b", 2023), ("c", 2023), ("b", 2024), ("c", 2024)
    }  # fmt: skip


STRICT = 110


@pytest.fixture(scope="module")
def strict(frames: dict[str, pl.DataFrame]) -> Result:
    """The same with a minimum that many cells miss in some month."""
    return KIND.compute(frames, spec(back_run=False), replace(CONTEXT, minimum_count=STRICT))


def test_no_small_number_of_any_month_can_be_worked_out(
    strict: Result, frames: dict[str, pl.DataFrame]
) -> None:
    """The attack on a month's published tables leaves half of the minimum in doubt."""
    counted = panel(frames["asc_events"], frames["area_lookup"], known_by=AS_OF,
                    last_month=date(2024, 10, 1))  # fmt: skip
    choices = Choices.of(counted.districts)
    sums = choices.sums(counted.supported)
    labels = pl.DataFrame(choices.labels(sums.shape[:3]))
    past = (pl.col("measure") == "supported") & (pl.col("ds") <= counted.months[-1])
    widths: list[float] = []
    dates = set()
    for (ds,), month in (
        strict.tables["months"].filter(past).partition_by("ds", as_dict=True).items()
    ):
        true = labels.with_columns(true=pl.Series(sums[..., counted.months.index(ds)].ravel()))
        known = month.select(*AXES, "hidden").join(true, on=list(AXES))
        for axis in AXES:
            table = known.filter(within([(axis,)])).select(
                axis, "true", pl.when(~pl.col("hidden")).then("true").alias("count")
            )
            if not table["count"].null_count():
                continue
            older = {"who": [dict.fromkeys(("65-74", "75-84", "85+"), "older_people")]}
            found = attack(
                table.select(axis, "count"), count="count", by=[axis], totals={axis: "all"},
                groupings=older if axis == "who" else None, least=0,
            )  # fmt: skip
            both = found.join(table.select(axis, "true"), on=axis)
            small = both.filter(pl.col("true").is_between(1, STRICT - 1))
            widths += (small["upper"] - small["lower"]).to_list()
            dates.add(ds)
    assert min(widths) >= STRICT / 2
    assert len(dates) > 0
    shown = strict.tables["months"].filter(past, ~pl.col("hidden"))
    assert shown.filter(pl.col("observed").is_between(0.5, STRICT - 0.5)).is_empty()


def test_no_hidden_cell_is_the_only_one_in_its_line(result: Result) -> None:
    """Otherwise its total less the others would give it back."""
    rows = result.tables["years"].filter(pl.col("measure").is_in(["starts", "requests"]))
    for axis in AXES:
        others = [name for name in (*AXES, "measure", "year") if name != axis]
        older = pl.col("who").is_in(["65-74", "75-84", "85+"])
        line = rows.filter(pl.col(axis) != "all", ~older).group_by(others)
        lone = line.agg((pl.col("hidden") & (pl.col("mean").is_null())).sum().alias("n"))
        assert lone.filter(pl.col("n") == 1).is_empty(), axis


@pytest.mark.parametrize(
    ("cells", "passing", "enough"),
    [(20, 18, True), (20, 17, False), (8, 7, True), (8, 6, False), (1, 0, False), (0, 0, False)],
)
def test_a_level_is_offered_where_nine_in_ten_of_its_cells_suffice(
    cells: int, passing: int, *, enough: bool
) -> None:
    assert Passing(cells, passing).enough is enough


def test_a_level_is_offered_with_its_parts_alone() -> None:
    counts = {"service": [("s1", 100.0), ("s2", 60.0)], "who": [("x", 9.0), ("y", 8.0)]}
    rows = [
        dict.fromkeys(AXES, "all") | {axis: name, "count": count}
        for axis, cells in counts.items()
        for name, count in cells
    ]
    rows.append({"service": "s1", "who": "x", "district": "all", "count": 50.0})
    found = levels(pl.DataFrame(rows), 10)
    assert found["service",] == Passing(2, 2)
    assert found["who",] == Passing(2, 0)
    assert found["service", "who"].enough
    assert offered(found) == (("service",),)


def test_a_hidden_service_takes_another_with_it() -> None:
    counts = {"all": 145.0, "nursing": 100.0, "day": 40.0, "other": 5.0}
    frame = pl.DataFrame(
        [
            {"service": s, "who": "all", "district": "all", "count": c, "small": s == "other"}
            for s, c in counts.items()
        ]
    )
    hidden = hidden_cells(frame.filter(within([("service",)])), [("service",)], minimum=10)
    assert set(hidden.cells["service"]) == {"other", "day"}
    assert (hidden.primary, hidden.secondary) == (1, 1)


def test_open_data_hides_nothing_and_rounds_to_one() -> None:
    frame = pl.DataFrame(
        {"service": ["all", "day"], "who": ["all"] * 2, "district": ["all"] * 2,
         "count": [3.0, 3.0], "small": [False, False]}
    )  # fmt: skip
    assert hidden_cells(frame, [("service",)], minimum=1).cells.is_empty()


def test_open_data_shows_every_group_and_is_rounded_to_one(open_result: Result) -> None:
    open_context = replace(CONTEXT, minimum_count=1)
    blocks = KIND.publish(open_result, spec(back_run=False), open_context, {})
    every = [b for b in blocks if isinstance(b, Chart) and b.role == "small"]
    small = [b for b in every if b.name.startswith("group-")]
    assert [b.heading for b in small] == [
        "Older people (65 and over)",
        "Physical disability (18 to 64)",
    ]
    districts = [b for b in every if b.name.startswith("district-")]
    assert [b.heading for b in districts] == ["District 1", "District 2"]
    by_district = next(b for b in blocks if isinstance(b, Table) and b.name == districts[0].table)
    assert {b.heading for b in districts} <= {row[0] for row in by_district.rows}
    table = next(b for b in blocks if isinstance(b, Table) and b.name == small[0].table)
    assert [row[0] for row in table.rows] == [b.heading for b in small]
    assert not any("[c]" in row for b in blocks if isinstance(b, Table) for row in b.rows)
    assert "forecasts_judged" not in open_result.metrics
    assert problems_of_blocks(blocks, 1) == []
    fine = KIND.publish(open_result, spec(), open_context, {"service": "nursing", "who": "85+"})
    assert "people aged 85 and over** to have nursing care" in only(fine, Headline).text


def test_what_ifs_are_refused_with_a_reason(result: Result) -> None:
    with pytest.raises(UsageError, match="no what-ifs"):
        KIND.vary(result, {"price": 2}, spec())


def test_the_page_says_what_judgement_and_method_added(result: Result, page: list[Block]) -> None:
    again = table_of(page, "value-added")
    assert {row[6] for row in again.rows} == {"Nobody judged"}
    assert again.rows[0][0] == "People supported"
    assert "made again" in table_of(page, "earlier-forecasts").caption
    context = replace(CONTEXT, earlier=(kept_run(result),), made_at="2024-11-05T09:00:00+00:00")
    blocks = KIND.publish(result, spec(), context, {})
    assert "1 forecast of people supported, kept" in table_of(blocks, "earlier-forecasts").caption
    rows = {row[:2]: row for row in table_of(blocks, "value-added").rows}
    mine = rows["People supported", "Judged by Priya Nair"]
    assert mine[2:5] == ("8", "5.0", "10.0")
    assert mine[6] == "50% smaller error"
    assert ("Requests", "Judged by Priya Nair") not in rows
    assert not problems_of_blocks(blocks, CONTEXT.minimum_count)


def table_of(blocks: list[Block], name: str) -> Table:
    return next(b for b in blocks if isinstance(b, Table) and b.name == name)


def kept_run(result: Result) -> EarlierRun:
    """A run of eight months ago that was 5 people too high, and 10 without its judgement."""
    months, origin = result.tables["months"], date(2024, 2, 1)
    later, came = pl.col("ds") > origin, pl.col("observed")
    told = months.with_columns(
        pl.when(later).then(came + 5).alias("mean"),
        pl.when(later).then(came + 4).alias("lo-80"),
        pl.when(later).then(came + 6).alias("hi-80"),
        pl.when(~later).then(came).alias("observed"),
    )
    plain = months.filter(later & (pl.col("who") == "all") & (pl.col("district") == "all")).select(
        "service", "measure", "ds", (came + 10).alias("mean")
    )
    judged = {"name": "More", "author": "Priya Nair", "reason": "Known", "flow": "starts",
              "change_pct": -5.0, "first": "2024-01-01", "last": "2024-12-01"}  # fmt: skip
    return EarlierRun(
        "demand-2402-1", date(2024, 2, 29), "2024-03-04T09:00:00+00:00",
        {"months": told, "unadjusted": plain}, {"adjustments": [judged]},
    )  # fmt: skip
