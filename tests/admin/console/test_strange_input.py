"""Whatever is written into the addresses and forms of the console, no page breaks: there is no server error.

IDP_TEST_FUZZ_EXAMPLES is the number of requests to each page and to each form, for a run that takes its time.
"""

import os
import re
from collections.abc import Callable
from functools import partial
from html import unescape
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from tests.admin.console.anchored import make_anchored
from tests.admin.console.pages import BARE, PAGES
from tests.admin.console.people import Desk
from tests.provider import Browser, Forms
from tests.snapshots import Snapshot

GIVEN = os.environ.get("IDP_TEST_FUZZ_EXAMPLES")
QUERY = ("search", "after", "before", "state", "kind", "user", "application", "from", "to", "person", "scope", "id")
VALUES = st.one_of(
    st.text(st.characters(exclude_characters="\x00", codec="utf-8"), max_size=40),  # NUL is refused everywhere
    st.sampled_from(["", "yes", "on", "-1", "0", "9" * 30, "1e400", "٣", "a" * 10_000, "%", "[", "1.x", "\ud7ff"]),
    st.sampled_from(["2026-13-40", "2026-11-27", "9999-12-31", "0001-01-01", f"{'9' * 20}.{'0' * 8}-{'0' * 27}"]),
    st.sampled_from(
        ["http://[", "//x", "https://x/\n", "javascript:x", "CN=", "-----BEGIN CERTIFICATE-----", "{}", "[1]"]
    ),
)


@pytest.fixture(scope="module")
def browser(desk: Desk) -> Browser:
    desk.request_authority()
    anchored = make_anchored(desk)
    anchored.plant(anchored.cards.issue("alice"))
    desk.plant_certificate()
    desk.plant_event()
    return desk.sign_in()


def often(strategy: st.SearchStrategy[Any], request: Callable[[Any], Any], *, at_least: int) -> None:
    """Send the *request* with what *strategy* makes."""

    def send(made: Any) -> None:
        response = request(made)
        assert response.status_code < 500, response.text

    quickly = settings(
        max_examples=int(GIVEN or at_least),
        derandomize=GIVEN is None,
        database=None,
        deadline=None,
        phases=(Phase.generate, Phase.shrink),
        suppress_health_check=list(HealthCheck),
    )
    given(strategy)(quickly(send))()


def fields_of(html: str) -> list[str]:
    return sorted(set(re.findall(r'name="([^"]+)"', html)) - {"csrf_token", "viewport", "color-scheme"})


def test_no_page_breaks_whatever_its_address_asks_for(desk: Desk, browser: Browser, subtests: pytest.Subtests) -> None:
    for path in (*PAGES.values(), *BARE.values()):
        url = desk.address(path)
        names = st.sampled_from([*QUERY, *fields_of(browser.get(url).html)])
        with subtests.test(path):
            assert browser.page.status == 200
            often(
                st.dictionaries(names, VALUES, min_size=1, max_size=6),
                partial(ask, browser, url.partition("?")[0]),
                at_least=3,
            )


def test_no_form_breaks_whatever_is_written_into_it(
    desk: Desk, browser: Browser, tmp_path: Path, subtests: pytest.Subtests
) -> None:
    """Each finds everything as it was; of what the form says some fields are something else."""
    addresses = [desk.address(path) for path in PAGES.values()]
    snapshot = Snapshot.take(desk.provider.services, tmp_path)
    for number, url in enumerate(addresses):
        snapshot.restore()
        page = browser.get(url)
        for form in Forms(page.html).forms:
            if "csrf_token" not in form["fields"] or "/console/_/" in form["action"]:
                continue
            names = st.sampled_from(fields_of(page.html) or ["name"])
            action = unescape(form["action"]) or url
            with subtests.test(f"{number} {action}"):
                fields = {**form["fields"], **form["sent"]}
                untouched = fill(browser, snapshot, action, fields, {})
                assert untouched.status_code not in {401, 403, 404}
                assert "/login/" not in untouched.headers.get("location", "")
                often(
                    st.dictionaries(names, VALUES, max_size=5),
                    partial(fill, browser, snapshot, action, fields),
                    at_least=1,
                )


def ask(browser: Browser, url: str, query: dict[str, str]) -> Any:
    return browser.client.get(url, params=query)


def fill(browser: Browser, snapshot: Snapshot, url: str, fields: dict[str, str], changes: dict[str, str]) -> Any:
    snapshot.restore()
    return browser.client.post(url, data={**fields, **changes})
