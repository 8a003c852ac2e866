"""More detail for a page that is shown already: asked for, worked out apart, put in its place."""

from __future__ import annotations

import re
import threading
from collections.abc import Iterator

import pytest
from starlette.testclient import TestClient
from tests.web.fake_data import RUN

from forethought.insights.blocks import Headline, Table
from forethought.insights.refinement import Finer, plain_name, step_of, with_finer
from forethought.web.live.refining import MOST_WAITING, STEPS_HELD, Refiner

POLL = re.compile(r'hx-get="([^"]+)"')


def polled(text: str) -> str:
    found = POLL.search(text)
    assert found is not None
    return found[1].replace("&amp;", "&")


def test_the_first_page_shows_the_coarse_map_and_says_that_more_is_coming(
    manager: TestClient,
) -> None:
    page = manager.get("/insights/map?look=first").text
    assert "/charts/heat/wide.svg" in page
    assert re.search(r'role="status" aria-live="polite"[^>]*>More detail is being', page)
    assert "<noscript> Reload the page" in page
    assert polled(page) == f"/insights/map/finer/{RUN}/1/0?look=first"
    assert "htmx-" in page
    assert '"allowEval":false' in page


def test_polling_brings_finer_maps_with_their_table_until_the_last(manager: TestClient) -> None:
    page = manager.get("/insights/map?look=poll").text
    finer = manager.get(polled(page))
    assert finer.status_code == 200
    assert "/charts/heat-finer-1/wide.svg?look=poll" in finer.text
    assert "16 staff" in finer.text
    assert "<html" not in finer.text
    assert manager.get("/runs/" + RUN + "/charts/heat-finer-1/wide.svg").status_code == 200
    last = manager.get(polled(finer.text))
    assert "heat-finer-2" in last.text
    assert "hx-get" not in last.text
    assert 'id="finer-1-said" hx-swap-oob="innerHTML">More detail has been added.' in last.text


def test_nothing_new_is_an_empty_answer(manager: TestClient) -> None:
    manager.get("/insights/map?look=none")
    again = manager.get(f"/insights/map/finer/{RUN}/1/7?look=none")
    assert (again.status_code, again.text) == (204, "")


def test_a_page_of_an_older_run_is_told_to_reload_and_asks_no_more(manager: TestClient) -> None:
    told = manager.get("/insights/map/finer/older-2601-aaaaaaaa/1/0?look=old")
    assert told.status_code == 286
    assert told.headers["hx-reswap"] == "none"
    assert "A newer run" in told.text
    assert "<img" not in told.text


def test_a_reload_shows_what_is_ready(manager: TestClient) -> None:
    for _ in range(3):
        page = manager.get("/insights/map?look=reload").text
    assert "heat-finer-2" in page
    assert "hx-get" not in page
    assert "being worked out" not in page


def test_who_is_not_signed_in_gets_nothing_and_asks_no_more(visitor: TestClient) -> None:
    answer = visitor.get(f"/insights/map/finer/{RUN}/1/0", headers={"hx-request": "true"})
    assert (answer.status_code, answer.text) == (286, "")
    plain = visitor.get(f"/insights/map/finer/{RUN}/1/0")
    assert plain.status_code == 303


@pytest.mark.parametrize(
    "path", [f"/insights/map/finer/{RUN}/9/0", f"/insights/map/finer/{RUN}/x/0"]
)
def test_a_part_that_is_not_there_is_refused(manager: TestClient, path: str) -> None:
    assert manager.get(f"{path}?look=part").status_code in {204, 400, 404}
    assert manager.get(f"{path}?look=part").status_code in {400, 404}


# The worker ---------------------------------------------------------------------------------------


def step(number: int, size: int = 10) -> Finer:
    return Finer(number, (Headline(f"Step {number}"),), {"a-wide": "x" * size})


def steps(*sizes: int) -> Iterator[Finer]:
    return (step(number, size) for number, size in enumerate(sizes, start=1))


def always() -> bool:
    return True


def test_a_refinement_is_worked_out_once_and_held() -> None:
    refiner, made = Refiner(), []

    def work() -> Iterator[Finer]:
        made.append(1)
        return steps(1, 1, 1)

    assert refiner.ask("run", {"a": "1", "b": ""}, work, always).state == "working"
    assert refiner.wait(5)
    found = refiner.ask("run", {"a": "1"}, work, always)
    assert (found.state, found.best.step if found.best else 0, len(made)) == ("done", 3, 1)
    assert refiner.step("run", {"a": "1"}, 3) is not None
    assert refiner.step("run", {"a": "2"}, 3) is None


def test_one_at_a_time_the_newest_first_and_the_oldest_given_up() -> None:
    refiner, order, at_once = Refiner(), [], []
    go = threading.Event()
    running = threading.Semaphore(1)

    def work(name: str) -> Iterator[Finer]:
        at_once.append(running.acquire(blocking=False))
        order.append(name)
        go.wait(5)
        yield step(1)
        running.release()

    refiner.ask("first", {}, lambda: work("first"), always)
    while not order:
        pass
    names = [f"r{n}" for n in range(MOST_WAITING + 2)]
    for name in names:
        refiner.ask(name, {}, lambda name=name: work(name), always)  # type: ignore[misc]
    go.set()
    assert refiner.wait(5)
    assert all(at_once)
    assert order == ["first", *reversed(names[2:])]
    assert refiner.step("r0", {}, 1) is None


def test_it_gives_up_when_another_run_takes_its_place() -> None:
    refiner, seen = Refiner(), []

    def work() -> Iterator[Finer]:
        for number in range(1, 10):
            seen.append(number)
            yield step(number)

    refiner.ask("run", {}, work, lambda: len(seen) < 3)
    assert refiner.wait(5)
    assert seen == [1, 2, 3]
    assert refiner.ask("run", {}, work, always).state == "stopped"


def test_a_failure_leaves_what_is_shown_and_the_worker_goes_on() -> None:
    refiner = Refiner()

    def broken() -> Iterator[Finer]:
        yield step(1)
        raise ValueError("no such thing")

    refiner.ask("broken", {}, broken, always)
    assert refiner.wait(5)
    found = refiner.ask("broken", {}, broken, always)
    assert (found.state, found.best.step if found.best else 0) == ("stopped", 1)
    refiner.ask("next", {}, lambda: steps(1), always)
    assert refiner.wait(5)
    assert refiner.ask("next", {}, lambda: steps(1), always).state == "done"


def test_memory_is_bounded_and_the_longest_unseen_goes_first() -> None:
    refiner = Refiner(most_bytes=5_000)
    for name in ("a", "b", "c", "d"):
        refiner.ask(name, {}, lambda: steps(1_500), always)
        assert refiner.wait(5)
        assert refiner.held <= 5_000
    assert refiner.step("a", {}, 1) is None
    assert refiner.step("d", {}, 1) is not None


def test_only_the_newest_steps_of_a_view_are_held() -> None:
    refiner = Refiner()
    refiner.ask("run", {}, lambda: steps(*[1] * 9), always)
    assert refiner.wait(5)
    held = [number for number in range(1, 10) if refiner.step("run", {}, number)]
    assert held == list(range(10 - STEPS_HELD, 10))


# Blocks -------------------------------------------------------------------------------------------


def test_names_of_steps_are_told_apart_from_names_of_charts() -> None:
    assert (plain_name("heat-finer-12"), step_of("heat-finer-12")) == ("heat", 12)
    assert (plain_name("finer"), step_of("finer")) == ("finer", 0)


def test_only_blocks_of_the_same_name_are_replaced() -> None:
    one = Table("one", "", "", (), (), ())
    two = Table("two", "", "", (), (), ())
    better = Table("one", "Better", "", (), (), ())
    page = (Headline("Answer"), one, two)
    assert with_finer(page, Finer(1, (better,), {})) == (Headline("Answer"), better, two)
    assert with_finer(page, None) == page
