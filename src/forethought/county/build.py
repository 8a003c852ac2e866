"""Build the county's files into a workspace: inbox, geography and truth."""

from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import date
from pathlib import Path

import numpy as np
import polars as pl

from forethought.county.canaries import canaries, disguised
from forethought.county.carers import carers
from forethought.county.clients import Clients, clients
from forethought.county.council import allocation_frame, client_frame, plan_frame, staff_frame
from forethought.county.county import County, Progress, live
from forethought.county.district_files import made_on, write_district_files
from forethought.county.events import event_frame
from forethought.county.messy import messy_clients, messy_events, messy_therapy, messy_work
from forethought.county.money import finance_frame
from forethought.county.planting import Planter
from forethought.county.population import population_estimates, population_projections
from forethought.county.statistics import (
    area_lookup,
    deprivation,
    postcode_directory,
    write_borders,
)
from forethought.county.tenancies import tenancy_frame
from forethought.county.therapy import TEAMS as THERAPY_TEAMS
from forethought.county.therapy import therapy
from forethought.county.truth import write_truth
from forethought.county.work import work
from forethought.place.client_level_data import FIELDS

COUNCIL, STATISTICS = "saltmarshire", "statistics"


@dataclass(frozen=True)
class CountySummary:
    """What was built.

    Args:
        areas: Small areas.
        households: Households on the last day.
        residents: Residents on the last day.
        clients: People known to adult social care.
        supported: People with long-term support on the last day.
        events: Event rows written.
        files: Files in the inbox.
        planted_errors: Errors planted in them.
    """

    areas: int
    households: int
    residents: int
    clients: int
    supported: int
    events: int
    files: int
    planted_errors: int


def build(
    workspace: Path, scale: float, seed: int, today: date, progress: Progress | None
) -> CountySummary:
    """Live the county and write its files (see `forethought.county.build_county`)."""
    say = progress or (lambda _: None)
    county = live(seed, scale, today, say)
    inbox = workspace / "inbox"
    say("people on paper")
    helped = carers(county)
    book = clients(county, helped.carer)
    say("council files")
    events = event_frame(county, book, helped)
    planted = [_council(county, book, events, inbox), _therapists(county, inbox)]
    say("district files")
    planted.append(_districts(county, book, inbox))
    say("statistics")
    _statistics(county, book, inbox)
    write_borders(county.where, workspace / "geography")
    say("truth")
    errors = pl.concat(planted)
    write_truth(county, book, errors, workspace / "truth")
    birds = [bird.as_dict() for bird in canaries(county)]
    text = json.dumps(birds, indent=1)
    (workspace / "truth" / "canaries.json").write_text(text, encoding="utf-8")
    stays = county.people.stays_on(county.last_day)
    open_ = county.supported.segments["reason"] == 0
    return CountySummary(
        areas=county.where.count,
        households=int(np.unique(county.people.stay_household[stays]).size),
        residents=int(stays.size),
        clients=book.frame.height,
        supported=int(open_.sum()),
        events=events.height,
        files=sum(1 for path in inbox.rglob("*") if path.is_file()),
        planted_errors=errors.height,
    )


def _council(county: County, book: Clients, events: pl.DataFrame, inbox: Path) -> pl.DataFrame:
    birds = canaries(county)
    known = client_frame(book, events)
    names = {name: name for name in ("nhs_number", "first_name", "last_name", "address_line")}
    known = disguised(known, birds, names)
    events = disguised(events, birds, {"nhs_number": "nhs_number"})
    done = work(county)
    planted = []
    for dataset, frame, mess, key in (
        ("asc_events", events, messy_events, "event_reference"),
        ("asc_clients", known, messy_clients, "case_system_id"),
        ("asc_work_items", done.items, messy_work, "work_item_id"),
    ):
        planter = Planter(county.seed, dataset, f"{COUNCIL}/{dataset}/{dataset}.csv", frame, key)
        mess(planter)
        shown = planter.frame.drop("person")
        if dataset == "asc_events":
            headings = {field.name: field.heading for field in FIELDS}
            shown = shown.rename(headings | {"recorded_on": "Recorded_On"})
        shown.write_csv(_place(inbox, dataset, "csv"))
        planted.append(planter.errors())
    allocation_frame(county).drop("person").write_csv(_place(inbox, "asc_allocations", "csv"))
    plan_frame(county).drop("person").write_csv(_place(inbox, "asc_plans", "csv"))
    staff_frame(county, done.staff).write_csv(_place(inbox, "asc_staff", "csv"))
    _workbook(finance_frame(county, done.staff), _place(inbox, "asc_finance", "xlsx"))
    return pl.concat(planted)


def _therapists(county: County, inbox: Path) -> pl.DataFrame:
    done, dataset = therapy(county), "therapy_items"
    file = f"{COUNCIL}/{dataset}/{dataset}.csv"
    planter = Planter(county.seed, dataset, file, done.items, "therapy_item_id")
    messy_therapy(planter)
    planter.frame.drop("person").write_csv(_place(inbox, dataset, "csv"))
    staff = staff_frame(county, done.staff, THERAPY_TEAMS)
    staff.write_csv(_place(inbox, "therapy_staff", "csv"))
    return planter.errors()


def _place(inbox: Path, dataset: str, kind: str, partner: str = COUNCIL) -> Path:
    folder = inbox / partner / dataset
    folder.mkdir(parents=True, exist_ok=True)
    return folder / f"{dataset}.{kind}"


def _workbook(frame: pl.DataFrame, path: Path) -> None:
    import xlsxwriter

    with xlsxwriter.Workbook(path, {"in_memory": True}) as book:
        book.set_properties({"created": made_on()})
        frame.write_excel(book, worksheet="Finance", autofit=False)


def _districts(county: County, book: Clients, inbox: Path) -> pl.DataFrame:
    tenancies = tenancy_frame(county, book.home)
    names = {
        "first_name": "tenant_first_name",
        "last_name": "tenant_last_name",
        "address_line": "address_line",
    }
    tenancies = disguised(tenancies, canaries(county), names)
    return write_district_files(tenancies, inbox, county.seed)


def _statistics(county: County, book: Clients, inbox: Path) -> None:
    where = county.where
    frames = {
        "population_estimates": population_estimates(county.people, where),
        "population_projections": population_projections(county.people, where),
        "postcode_directory": postcode_directory(book.home, where),
    }
    for dataset, frame in frames.items():
        frame.write_parquet(_place(inbox, dataset, "parquet", STATISTICS))
    area_lookup(where).write_csv(_place(inbox, "area_lookup", "csv", STATISTICS))
    deprivation(county.seed, where).write_csv(_place(inbox, "deprivation", "csv", STATISTICS))
