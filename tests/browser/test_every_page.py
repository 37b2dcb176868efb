"""Every page: narrow, without barriers, in light and dark, and without an error in the browser's console."""

from typing import Any

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import ConsoleMessage, Page

from tests.browser.chromium import Chromium
from tests.browser.demo import RunningDemo
from tests.browser.mailbox import Mailbox
from tests.browser.people import People
from tests.browser.steps import has_sideways_scrolling
from tests.browser.walk import Walk

pytestmark = pytest.mark.browser

_RULES = {"runOnly": ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa"], "resultTypes": ["violations"]}
_CONTRAST = {"runOnly": ["color-contrast"], "resultTypes": ["violations"]}


def test_every_page_is_accessible_and_fits_320_pixels(
    demo: RunningDemo, people: People, mailbox: Mailbox, chromium: Chromium
) -> None:
    """Nothing scrolls sideways, axe-core's rules of WCAG 2.2 AA hold, colours included in both schemes."""
    page = chromium.open(viewport={"width": 320, "height": 720}, color_scheme="light", reduced_motion="reduce")
    problems: list[str] = []
    page.on("console", lambda message: problems.extend(_complaints(message)))
    for name in Walk(demo, people, mailbox, chromium, page):
        page.wait_for_load_state()  # a heading is found before the style sheets have come
        if has_sideways_scrolling(page):
            problems.append(f"{name}: scrolls sideways")
        problems += [f"{name}: {violation}" for violation in _violations(page, _RULES)]
        page.emulate_media(color_scheme="dark")
        problems += [f"{name}, dark: {violation}" for violation in _violations(page, _CONTRAST)]
        page.emulate_media(color_scheme="light")

    assert not problems, "\n".join(problems)


def _violations(page: Page, options: dict[str, Any]) -> list[str]:
    found = Axe().run(page, options=options).response["violations"]
    return [f"{rule['id']}: {node['html'][:160]}: {node['failureSummary']}" for rule in found for node in rule["nodes"]]


def _complaints(message: ConsoleMessage) -> list[str]:
    """An answer that is not 200 is told in the console too; what a page does wrong is what counts here."""
    if message.type != "error" or "the server responded with a status of" in message.text:
        return []
    return [f"{message.location.get('url')}: {message.text}"]
