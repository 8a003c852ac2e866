"""The pages in a real browser: by keyboard, without JavaScript, at every width, judged by axe."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

import pytest
from axe_playwright_python.sync_playwright import Axe
from tests.web.fake import PASSWORD
from tests.web.fake_data import RUN

if TYPE_CHECKING:
    from playwright.sync_api import (
        Browser,
        ConsoleMessage,
        Error,
        Page,
        Request,
        StorageState,
        ViewportSize,
    )

pytestmark = pytest.mark.browser

PAGES = (
    "/",
    "/plan",
    "/predict",
    "/insights/growth",
    "/insights/growth?service=nowhere",
    "/insights/staff",
    "/insights/staff?staff=99&demand=x",
    "/insights/map",
    "/insights/watch?answered=reviews_done",
    "/insights/waiting",
    "/insights/broken",
    "/insights/closed",
    f"/runs/{RUN}",
    "/data",
    "/data/events",
    "/trust",
    "/trust/audit?page=2",
    "/data-about-you",
    "/accessibility",
    "/glossary",
    "/nowhere",
)
REFUSED = (
    "/insights/closed",
    "/nowhere",
    "/insights/growth?service=nowhere",
    "/insights/staff?staff=99&demand=x",
)
TABBED = ("/insights/growth",)
SIZES = {"desktop": 1280, "phone": 390}
RULES = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]
AXE = {"runOnly": {"type": "tag", "values": RULES}, "resultTypes": ["violations"]}


class Watch:
    """What a page said on its console, and where it sent requests."""

    def __init__(self, page: Page) -> None:
        self.page = page
        self.said: list[str] = []
        self.asked: list[str] = []
        page.on("console", self._console)
        page.on("pageerror", self._error)
        page.on("request", self._request)

    def _console(self, message: ConsoleMessage) -> None:
        self.said.append(message.text)

    def _error(self, error: Error) -> None:
        self.said.append(str(error))

    def _request(self, request: Request) -> None:
        self.asked.append(request.url)

    def stop(self) -> None:
        self.page.remove_listener("console", self._console)
        self.page.remove_listener("pageerror", self._error)
        self.page.remove_listener("request", self._request)

    def foreign(self, site: str) -> list[str]:
        return [u for u in self.asked if not u.startswith((f"{site}/", "data:"))]

    def complaints(self) -> list[str]:
        """Console lines but the browser's own note of a status that a page has on purpose."""
        return [text for text in self.said if "the server responded with a status" not in text]


def violations(page: Page) -> list[str]:
    """What axe finds, as rule and place."""
    found = Axe().run(page, options=AXE).response["violations"]
    return [f"{rule['id']}: {node['target']}" for rule in found for node in rule["nodes"]]


def sideways(page: Page) -> int:
    """Pixels by which the page is wider than its window."""
    width: int = page.evaluate(
        "document.documentElement.scrollWidth - document.documentElement.clientWidth"
    )
    return width


@pytest.fixture(scope="session", params=list(SIZES))
def sized(
    request: pytest.FixtureRequest, browser: Browser, server: str, session: StorageState
) -> Iterator[Page]:
    """A signed-in page at one width."""
    size: ViewportSize = {"width": SIZES[request.param], "height": 900}
    context = browser.new_context(base_url=server, viewport=size, storage_state=session)
    yield context.new_page()
    context.close()


@pytest.mark.parametrize("path", PAGES)
def test_axe_and_console_find_nothing(sized: Page, server: str, path: str) -> None:
    watch = Watch(sized)
    answer = sized.goto(path)
    assert answer is not None
    assert (answer.status >= 400) is (path in REFUSED)
    found = violations(sized)
    tabs = sized.get_by_role("tab").all()[1:] if path in TABBED else []
    for tab in tabs:
        tab.click()
        found += violations(sized)
    assert found == []
    assert watch.complaints() == []
    assert watch.foreign(server) == []
    assert sideways(sized) <= 0
    watch.stop()


@pytest.mark.parametrize("width", [1280, 390])
def test_axe_finds_nothing_on_the_sign_in_form_and_its_errors(form: Page, width: int) -> None:
    form.set_viewport_size({"width": width, "height": 900})
    assert violations(form) == []
    form.get_by_role("button", name="Sign in").click()
    assert form.get_by_role("alert").get_by_role("link").count() == 2
    assert violations(form) == []


def test_nothing_scrolls_sideways_at_320_pixels(page: Page) -> None:
    """320 px is also a desktop window at 400% zoom."""
    page.set_viewport_size({"width": 320, "height": 640})
    wide = []
    for path in PAGES:
        page.goto(path)
        if sideways(page) > 0:
            wide.append(path)
    assert wide == []


def test_a_manager_signs_in_and_filters_by_keyboard_alone(form: Page) -> None:
    press = form.keyboard.press
    press("Tab")
    assert form.locator(":focus").inner_text() == "Skip to main content"
    press("Enter")
    for text in ("manager", PASSWORD):
        press("Tab")
        form.keyboard.type(text)
    press("Enter")
    form.wait_for_url("**/")
    focus_on(form, "link", "Plan")
    press("Enter")
    form.wait_for_url("**/plan")
    focus_on(form, "link", "How many adults", first=True)
    press("Enter")
    form.wait_for_url("**/insights/growth")
    focus_on(form, "combobox", "Service")
    press("ArrowDown")
    focus_on(form, "button", "Show")
    press("Enter")
    form.wait_for_url("**service=home-care**")
    assert form.get_by_label("Service").input_value() == "home-care"
    focus_on(form, "tab", "Chart")
    press("ArrowRight")
    press("ArrowRight")
    assert form.get_by_role("tab", name="Table").get_attribute("aria-selected") == "true"
    assert form.get_by_role("table", name="Adults with care at month end").is_visible()


def focus_on(page: Page, role: str, name: str, *, first: bool = False) -> None:
    """Press Tab until the thing has the focus, and see that the focus shows."""
    wanted = page.get_by_role(role, name=name)  # type: ignore[arg-type]
    wanted = wanted.first if first else wanted
    for _ in range(60):
        if wanted.evaluate("element => element === document.activeElement"):
            shown = wanted.evaluate(
                "e => { const s = getComputedStyle(e); return s.outlineStyle !== 'none' "
                "|| s.boxShadow !== 'none' }"
            )
            assert shown, f"the focus on {name} does not show"
            return
        page.keyboard.press("Tab")
    pytest.fail(f"no way to {role} {name} by keyboard")


def test_an_error_takes_the_focus_and_leads_to_its_field(form: Page) -> None:
    form.get_by_role("button", name="Sign in").click()
    assert "There is a problem" in form.locator(":focus").inner_text()
    form.get_by_role("link", name="Enter your password").click()
    assert form.get_by_label("Password").evaluate("e => e === document.activeElement")


@pytest.mark.parametrize("width", [1280, 390])
def test_everything_is_there_without_javascript(
    browser: Browser, server: str, session: StorageState, width: int
) -> None:
    context = browser.new_context(
        base_url=server,
        viewport={"width": width, "height": 900},
        java_script_enabled=False,
        storage_state=session,
    )
    page = context.new_page()
    page.goto("/")
    page.get_by_role("link", name="Plan", exact=True).click()
    page.get_by_role("link", name="How many adults").first.click()
    page.get_by_label("District").select_option("Fen East")
    page.get_by_role("button", name="Show").click()
    page.wait_for_url("**district=fen-east*")
    for words in ("Growth is faster", "The east grows fastest", "Adults with care at month end"):
        page.get_by_text(words).first.wait_for(state="visible")
    context.close()


def test_a_finer_map_takes_the_place_of_the_coarse_one_and_is_announced(page: Page) -> None:
    watch = Watch(page)
    page.goto("/insights/map?look=browser")
    said = page.get_by_role("status")
    assert said.inner_text() == "More detail is being worked out."
    assert page.get_by_role("columnheader").count() == 1 + 5
    said.get_by_text("More detail has been added.").wait_for(timeout=8000)
    assert page.get_by_role("columnheader").count() == 1 + 17
    drawing = page.locator(".ft-chart img")
    assert drawing.evaluate("image => image.decode().then(() => image.naturalWidth)") > 0
    assert watch.complaints() == []
    asked = len(watch.asked)
    page.wait_for_timeout(1200)  # longer than the time between two questions
    assert len(watch.asked) == asked
    watch.stop()


def test_phones_get_the_narrow_drawing_at_its_own_size(sized: Page) -> None:
    sized.goto("/insights/growth")
    drawing = sized.locator("#view-chart img")
    width = sized.evaluate("window.innerWidth")
    source, shown, natural = drawing.evaluate(
        "image => [image.currentSrc, image.clientWidth, image.naturalWidth]"
    )
    assert source.endswith("narrow.svg" if width <= 640 else "wide.svg")
    assert shown == natural


def test_stacked_tables_keep_their_roles(page: Page) -> None:
    page.set_viewport_size({"width": 390, "height": 900})
    page.goto(f"/runs/{RUN}")
    table = page.get_by_role("table", name="Data that was read")
    assert table.get_by_role("columnheader").count() == 7
    row = table.get_by_role("row", name="Care events")
    assert row.get_by_role("cell", name="48,210").is_visible()
    assert row.evaluate("e => getComputedStyle(e).display") == "block"


def test_the_menu_opens_on_phones(page: Page) -> None:
    page.set_viewport_size({"width": 390, "height": 900})
    page.goto("/")
    trust = page.get_by_role("link", name="Trust", exact=True)
    assert not trust.is_visible()
    page.get_by_role("button", name="Menu").click()
    trust.click()
    page.wait_for_url("**/trust")


def test_targets_are_at_least_24_pixels_high(page: Page) -> None:
    page.goto("/insights/growth")
    low = page.evaluate(
        "[...document.querySelectorAll('button, select, li:has(> a)')]"
        ".filter(e => e.getClientRects().length && e.getBoundingClientRect().height < 24)"
        ".map(e => e.textContent.trim())"
    )
    assert low == []


def test_forced_colours_keep_bars_and_words(
    browser: Browser, server: str, session: StorageState
) -> None:
    context = browser.new_context(base_url=server, forced_colors="active", storage_state=session)
    page = context.new_page()
    page.goto("/data/events")
    fill = page.locator(".ft-bar__score").first.evaluate("e => getComputedStyle(e).fill")
    assert fill == "rgb(18, 67, 109)"
    assert page.get_by_text("Timeliness").is_visible()
    context.close()


def test_paper_shows_every_view_and_no_controls(page: Page) -> None:
    page.goto("/insights/growth")
    page.emulate_media(media="print")
    for words in ("Growth is faster", "The east grows fastest", "Adults with care at month end"):
        assert page.get_by_text(words).first.is_visible(), words
    for control in ("Show", "Sign out"):
        assert not page.get_by_text(control, exact=True).first.is_visible()


def test_people_sign_in_and_out_without_javascript(browser: Browser, server: str) -> None:
    context = browser.new_context(base_url=server, java_script_enabled=False)
    page = context.new_page()
    page.goto("/trust")
    page.get_by_label("User name").fill("manager")
    page.get_by_label("Password").fill(PASSWORD)
    page.get_by_role("button", name="Sign in").click()
    assert page.url.endswith("/trust")
    page.get_by_role("button", name="Sign out").click()
    assert page.url.endswith("/sign-in")
    context.close()
