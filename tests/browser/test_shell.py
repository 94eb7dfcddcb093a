"""What every page stands in, in a real browser: address, Back, reload, header, navigation, presets."""

import re

import pytest

from tests.browser.driver import drawn, fits_a_phone, open_tab, settled

pytestmark = pytest.mark.browser

PAGES = ["lessons", "plane", "map", "triage"]
PHONES = ["", "classical", "attention", "codes", "settling", "hops", "spiking", "memories", "lab", "debug", "compare"]
IN_VIEW = """() => { const r = document.querySelector("[class*='st-key-verdict']").getBoundingClientRect(),
    head = document.querySelector("[data-testid='stHeader']").getBoundingClientRect();
    return r.top >= head.bottom - 1 && r.bottom <= innerHeight + 1; }"""


def verdict(page) -> str:
    return page.locator("[class*='st-key-verdict']").first.inner_text()


def go(page, section: str, path: str, title: str) -> None:
    page.get_by_test_id("stTopNavSection").get_by_text(section).click()
    page.locator(f"a[href*='/{path}']").first.click()
    page.get_by_role("heading", name=title, level=1).wait_for(timeout=60_000)
    page.wait_for_url(re.compile(rf"/{path}\?v="))
    settled(page)


def back(page, title: str) -> None:
    page.evaluate("history.back()")
    page.get_by_role("heading", name=title, level=1).wait_for(timeout=60_000)
    page.wait_for_timeout(500)
    settled(page)


def at_rest(page) -> None:
    page.wait_for_timeout(600)
    settled(page)


def set_beta(page, to: str) -> None:
    """Type a stop of the slider with the keyboard and wait for the address to tell it."""
    page.get_by_role("slider", name="Inverse temperature β").first.press(to)
    page.wait_for_function("() => !location.search.includes('beta=32')")
    settled(page)


@pytest.mark.slow
def test_each_visible_state_is_one_step_back_and_settings_come_back_with_it(server, page):
    page.goto(server)
    drawn(page, "attention")
    start, length = page.url, page.evaluate("history.length")
    go(page, "Learn", "attention", "Is attention a memory?")
    drawn(page, "bars")
    set_beta(page, "Home")
    low = page.url
    assert "beta=0.05" in low
    go(page, "Learn", "codes", "What does a memory look like as a code?")
    assert page.evaluate("history.length") == length + 3
    back(page, "Is attention a memory?")
    assert page.url == low
    page.evaluate("history.back()")
    page.wait_for_url(re.compile("beta=32"))
    at_rest(page)
    assert page.get_by_role("slider", name="Inverse temperature β").first.get_attribute("aria-valuetext") == "32"
    back(page, "Does the right memory come back?")
    assert page.url == start


def test_what_was_taught_and_added_survives_reload_back_and_a_copied_link(server, page):
    page.goto(server)
    drawn(page, "attention")
    page.get_by_role("button", name="Apply").click()
    page.get_by_role("button", name="Undo").wait_for(timeout=60_000)
    page.wait_for_url(re.compile("bank=scratch"))
    settled(page)
    page.get_by_label("What should bring it back").fill("What does the parrot shout?")
    page.get_by_label("What it should bring back").fill("Ahoy")
    page.get_by_role("button", name="Remember").click()
    page.get_by_text("144 memories now").wait_for(timeout=60_000)
    settled(page)
    said, address = verdict(page), page.url
    assert "which came second" not in said
    page.reload()
    drawn(page, "attention")
    assert (verdict(page), page.url) == (said, address)
    go(page, "Learn", "attention", "Is attention a memory?")
    go(page, "Explore", "memories", "What is stored?")
    page.get_by_text("144 memories").first.wait_for(timeout=60_000)
    back(page, "Is attention a memory?")
    back(page, "Does the right memory come back?")
    drawn(page, "attention")
    assert (verdict(page), page.url) == (said, address)
    page.evaluate("history.back()")  # before the lesson: the sample as it came
    page.get_by_role("button", name="Apply").wait_for(timeout=60_000)
    assert "bank=facts" in page.url
    page.context.clear_cookies()  # another tab is another visitor to Streamlit
    other = page.context.new_page()
    other.goto(address)
    drawn(other, "attention")
    assert verdict(other) == said
    other.goto(address.replace("/?", "/memories?"))
    other.get_by_text("144 memories").first.wait_for(timeout=60_000)


@pytest.mark.parametrize("dark", [False, True], ids=["light", "dark"])
def test_no_text_shows_through_the_header(server, browser, dark):
    with open_tab(browser, dark=dark) as tab:
        tab.goto(server)
        drawn(tab, "attention")
        color = tab.evaluate("getComputedStyle(document.querySelector('[data-testid=stHeader]')).backgroundColor")
        assert re.fullmatch(r"rgb\(.*\)", color)  # not rgba: opaque
        assert color == tab.evaluate("getComputedStyle(document.querySelector('.stApp')).backgroundColor")


def test_the_phones_navigation_closes_when_a_page_is_chosen(server, phone):
    phone.goto(server)
    drawn(phone, "attention")
    phone.get_by_test_id("stExpandSidebarButton").click()
    phone.locator("[data-testid=stSidebarNav] a[href*='/codes']").click()
    phone.get_by_role("heading", name="What does a memory look like as a code?").wait_for(timeout=60_000)
    settled(phone)
    phone.wait_for_function(
        "() => document.querySelector('[data-testid=stSidebar]').getBoundingClientRect().right <= 0", timeout=60_000
    )


def test_the_settings_stay_open_while_they_are_moved(server, page):
    page.goto(server)
    drawn(page, "attention")
    page.locator(".st-key-settings summary").click()
    page.wait_for_timeout(500)
    set_beta(page, "Home")
    at_rest(page)
    assert page.locator(".st-key-settings details").get_attribute("open") is not None
    page.get_by_role("slider", name="Words dropped").press("End")
    page.wait_for_url(re.compile("drop=1"))
    at_rest(page)
    assert page.locator(".st-key-settings details").get_attribute("open") is not None


def test_a_pressed_preset_brings_the_verdict_into_view(server, page):
    page.set_viewport_size({"width": 1440, "height": 700})
    page.goto(server + "/settling")
    drawn(page, "regimes")
    preset = page.get_by_role("button", name="Noise that changes what is recalled")
    preset.scroll_into_view_if_needed()
    assert not page.evaluate(IN_VIEW)
    preset.click()
    page.wait_for_url(re.compile("sigma="))
    page.wait_for_function(IN_VIEW, timeout=60_000)
    at_rest(page)
    assert page.evaluate(IN_VIEW)


def test_the_tool_bar_of_a_figure_shows_only_under_the_mouse_and_above_its_drawing(server, page):
    page.goto(server + "/attention")
    page.locator(".st-key-section-matrix summary").first.click()
    drawn(page, "matrix")
    page.mouse.move(2, 2)
    page.wait_for_timeout(600)
    for key in ("bars", "dial", "matrix"):
        bar = page.locator(f".st-key-{key} .modebar-group").first
        assert bar.evaluate("e => getComputedStyle(e.closest('.modebar--hover') ?? e).opacity") == "0"
        page.locator(f".st-key-{key} .nn-figure").scroll_into_view_if_needed()
        page.locator(f".st-key-{key} .nn-figure").hover()
        page.wait_for_timeout(500)
        covered = page.evaluate(
            f"""() => {{ const bar = document.querySelector('.st-key-{key} .modebar').getBoundingClientRect();
            const over = (r) => r.width && r.left < bar.right && r.right > bar.left && r.top < bar.bottom - 1
                && r.bottom > bar.top + 1;
            return [...document.querySelectorAll('.st-key-{key} .plot, .st-key-{key} .gtitle,' +
                '.st-key-{key} .annotation-text, .st-key-{key} .legend, .st-key-{key} .bg')]
                .filter((e) => over(e.getBoundingClientRect())).map((e) => e.getAttribute('class')); }}"""
        )
        assert covered == [], key


def test_a_phone_shows_no_tool_bars(server, phone):
    phone.goto(server)
    drawn(phone, "attention")
    assert phone.locator(".modebar-btn").count() == 0


@pytest.mark.parametrize(
    "path",
    [
        *PAGES,
        *(pytest.param(path, marks=pytest.mark.slow) for path in PHONES),
    ],  # these have a phone's test of their own
    ids=lambda path: path or "start",
)
def test_no_page_scrolls_sideways_on_a_phone(server, phone, path):
    phone.goto(f"{server}/{path}")
    phone.wait_for_selector("h1", timeout=60_000)
    settled(phone)
    phone.wait_for_timeout(1_000)
    fits_a_phone(phone)
