"""What happens to reads, runs and pages on the day after some partners' agreement has ended."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from pathlib import Path

import pytest

import forethought as ft
from forethought.errors import AccessDenied
from forethought.web.live import LiveWorkspace
from forethought.workspace.door import RowsLeftOut

OnDay = Callable[[Path, str], None]
MIDDLE = ("wexlow", "yarnbourne", "glasswater")
AS_OF = date(2026, 10, 31)


def test_a_notebook_gets_the_other_partners_rows_and_is_warned(county: Path, on_day: OnDay) -> None:
    def read() -> int:
        ws = ft.open(county, person="sam.okoro", purpose="plan-services")
        return ws.read("district_housing", ["tenure"]).height

    everybody = read()
    on_day(county, "2027-01-02")
    with pytest.warns(RowsLeftOut, match="housing-middle ended on 31 December 2026"):
        left = read()
    version = ft.open(county).wiring.store.manifest().datasets["district_housing"]
    lapsed = sum(part.rows for part in version.parts.values() if part.partner in MIDDLE)
    assert lapsed > 0
    assert left == everybody - lapsed


def test_a_run_made_before_is_stopped_and_the_next_one_says_whom_it_leaves_out(
    county: Path, on_day: OnDay
) -> None:
    before = ft.open(county, person="sam.okoro").run("tenancies", AS_OF).receipt
    on_day(county, "2027-01-02")
    page = LiveWorkspace(county).page("sam.okoro", "tenancies", {})
    assert page.state == "not_permitted"
    assert page.box is not None
    assert "Rows of Wexlow, Yarnbourne, Glasswater left out" in page.box.why

    ws = ft.open(county, person="sam.okoro")
    outcome = ws.run("tenancies", AS_OF)
    assert outcome.status == "made"
    read = outcome.receipt.reads[0]
    assert set(read.left_out) == set(MIDDLE)
    assert not set(MIDDLE) & set(read.partners)
    assert read.rows < before.reads[0].rows

    live = LiveWorkspace(county)
    page = live.page("sam.okoro", "tenancies", {})
    assert page.state == "ready"
    assert page.box is not None
    assert page.box.title == "These figures leave some partners out"
    view = live.receipt("sam.okoro", outcome.receipt.run_id)
    assert "agreement housing-middle ended on 31 December 2026" in view.data[0].allowed_by
    rows = {row.label: row for row in live.dataset("sam.okoro", "district_housing").about}
    assert "is expired" in rows["Left out of reads"].value[0].text


def test_a_lapse_makes_the_insight_due_and_a_renewal_finds_the_whole_run_again(
    county: Path, on_day: OnDay
) -> None:
    whole = ft.open(county, person="sam.okoro").run("tenancies", AS_OF).receipt.run_id
    on_day(county, "2027-01-02")
    states = {item.id: item.state for item in ft.open(county, person="priya.nair").insights()}
    assert states["tenancies"] == "due"
    ws = ft.open(county, person="sam.okoro")
    fewer = ws.run("tenancies", AS_OF).receipt.run_id
    assert fewer != whole
    assert ws.run("tenancies", AS_OF).status == "found"
    paper = county / "agreements" / "housing-middle.yaml"
    paper.write_text(paper.read_text().replace("ends_on: 2026-12-31", "ends_on: 2029-12-31"))
    again = ft.open(county, person="sam.okoro")
    assert again.run("tenancies", AS_OF).receipt.run_id == whole
    verified = again.verify(fewer)
    assert verified.same, "recomputed without those whom the run had left out"


def test_a_run_that_read_a_lapsed_partner_cannot_be_recomputed(county: Path, on_day: OnDay) -> None:
    whole = ft.open(county, person="sam.okoro").run("tenancies", AS_OF).receipt.run_id
    on_day(county, "2027-01-02")
    with pytest.raises(AccessDenied, match="Rows of Glasswater, Wexlow, Yarnbourne left out"):
        ft.open(county, person="sam.okoro").verify(whole)
