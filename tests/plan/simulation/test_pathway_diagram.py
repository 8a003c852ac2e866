"""The diagram: stages, shares and pools, always the same, never broken by a label."""

from __future__ import annotations

from forethought.plan.simulation.pathway import Pathway

TEXT = """\
pathway: small
classes: {urgent: {label: Urgent}, standard: {}}
resources:
  team: {fte: 12.5, label: 'The "A" team <x> & co #1'}
  beds: {units: 20, unit: beds}
stages:
  request:
    arrivals: {flow: new_contacts, mix: {urgent: 1}}
    resource: team
    effort: 1h
    next: {urgent: {stay: {share: 0.9, becomes: standard}, end: 0.1}, standard: {end: 1}}
  stay: {kind: hold, resource: beds, length: 9d, schedule: {check: [7w, then 12mo]}, next: {end: 1}}
  check: {kind: delay, length: 1d, next: {request: 0.125, end: 0.875}}
"""


def test_the_diagram_shows_flows_stages_shares_visits_and_pools() -> None:
    assert (
        Pathway.from_yaml(TEXT).diagram()
        == """\
flowchart LR
  s0["Request"]
  s1[["Stay"]]
  s2("Check")
  out((("Leaves")))
  p0[/"The #quot;A#quot; team #lt;x#gt; #amp; co #35;1: 12.5 FTE"/]
  p1[/"Beds: 20 beds"/]
  f0(["New contacts"]) --> s0
  s0 -->|"Urgent as Standard 90%"| s1
  s0 -->|"Urgent 10%, Standard 100%"| out
  s1 -->|"100%"| out
  s1 -.->|"after 49 days, then every 365 days"| s2
  s2 -->|"12.5%"| s0
  s2 -->|"87.5%"| out
  p0 -.- s0
  p1 -.- s1
"""
    )


def test_the_same_pathway_always_gives_the_same_text() -> None:
    assert Pathway.from_yaml(TEXT).diagram() == Pathway.from_yaml(TEXT).diagram()
