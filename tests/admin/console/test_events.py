"""Events: filtered, paged by key, exported without a formula in them, and never another realm's."""

import csv
import io
import json
from datetime import timedelta

import pytest

from idp.admin.console.export import guard_cell
from idp.events.tags import Tag
from tests.admin.console.people import Desk
from tests.provider import Browser


@pytest.fixture(scope="module")
def browser(desk: Desk) -> Browser:
    desk.provider.clock.advance(timedelta(days=400))
    return desk.sign_in()


def tags_of(page: str) -> list[str]:
    return [part.partition("<")[0] for part in page.split('class="event-link')[1:]]


def test_filters_find_what_they_say(desk: Desk, browser: Browser) -> None:
    alice = desk.provider.user("alice").id
    desk.plant_event("user:password:change", user_id=alice, address="203.0.113.5", client_id="wiki")
    desk.plant_event("user:password:change", user_id="0" * 8 + "-0000-4000-8000-" + "0" * 12, address="203.0.113.6")

    for query in (
        "person=alice",
        "person=ALICE@example.org",
        f"person={alice}",
        "application=wiki",
        "address=203.0.113.5",
    ):
        page = browser.get(desk.address(f"events?kind=accounts&{query}"))
        assert page.html.count('class="event-link') == 1, query
        assert "Password changed" in page.text
    assert browser.get(desk.address("events?kind=user:password:change")).html.count('class="event-link') == 2
    assert "No event is like that" in browser.get(desk.address("events?person=nobody")).text


def test_days_are_included(desk: Desk, browser: Browser) -> None:
    at = desk.provider.clock.now() - timedelta(days=100)
    desk.plant_event("user:profile:change", at=at)
    day = at.date()

    def count(since: str, until: str) -> int:
        page = browser.get(desk.address(f"events?kind=user:profile:change&since={since}&until={until}"))
        return page.html.count('class="event-link')

    assert count(f"{day}", f"{day}") == 1
    assert count(f"{day + timedelta(days=1)}", "") == 0
    assert count("", f"{day - timedelta(days=1)}") == 0


def test_pages_follow_one_another_without_gap(desk: Desk, browser: Browser) -> None:
    """Also among events of the same instant; and the way back leads to the same pages."""
    at = desk.provider.clock.now()
    planted = set(desk.plant_events("user:link:use", [at - timedelta(seconds=number // 40) for number in range(120)]))
    pages, page = [], browser.get(desk.address("events?kind=user:link:use"))
    while True:
        pages.append(
            [part.partition('"')[0] for part in page.html.split("/console/demo/events/")[1:] if part[8:9] == "-"]
        )
        if "Older" not in page.text:
            break
        page = browser.follow("Older")

    assert [len(ids) for ids in pages] == [50, 50, 20]
    assert {event_id for ids in pages for event_id in ids} == planted
    page = browser.follow("Newer")
    assert [
        part.partition('"')[0] for part in page.html.split("/console/demo/events/")[1:] if part[8:9] == "-"
    ] == pages[1]


@pytest.mark.parametrize(
    "query",
    [
        "before=x",
        "before=99999999999999999999.00000000-0000-4000-8000-000000000000",
        "after=0.00000000-0000-4000-8000-000000000000",
        "kind=%27%20OR%201=1",
        "kind=nothing:",
        "since=0000-00-00&until=99999-01-01",
        "since=9999-12-31&until=9999-12-31",
        "person=" + "x" * 3000,
        "person=%F0%9F%98%80&address=%22%3E%3Cscript%3E",
        "notice=<script>&undo=<script>",
    ],
)
def test_hostile_parameters_do_no_harm(desk: Desk, browser: Browser, query: str) -> None:
    page = browser.get(desk.address(f"events?{query}"))

    assert page.status == 200
    assert "<script>" not in page.html


def test_event_of_another_realm_is_not_shown(desk: Desk, browser: Browser) -> None:
    event_id = desk.plant_event(realm="master")

    assert browser.get(desk.address(f"events/{event_id}")).status == 404
    assert browser.get(desk.address(f"events/{event_id}", managed="master")).status == 200
    assert browser.get(desk.address("events/x")).status == 404


def test_detail_shows_what_was_changed(desk: Desk, browser: Browser) -> None:
    event_id = desk.plant_event("admin:realm:change", details={"before": {"theme": "old"}, "after": {"theme": "new"}})
    page = browser.get(desk.address(f"events/{event_id}"))

    assert "<del>old</del>" in page.html
    assert "<ins>new</ins>" in page.html


@pytest.mark.parametrize("start", ["=", "+", "-", "@", "\t", "\r"])
def test_csv_holds_no_formula(desk: Desk, browser: Browser, start: str) -> None:
    """What a stranger chose begins with a quote in every cell that a spreadsheet would calculate."""
    desk.plant_event("user:login:failure", client_id=f'{start}cmd|"/c calc"!A1', user_agent=f"{start}1+1\n,x")
    page = browser.get(desk.address("events/export/csv?kind=user:login:failure"))
    rows = list(csv.DictReader(io.StringIO(page.content.decode(), newline="")))

    assert page.headers["content-disposition"] == 'attachment; filename="events-demo.csv"'
    assert any(row["client_id"] == f'\'{start}cmd|"/c calc"!A1' for row in rows)
    assert not [value for row in rows for value in row.values() if value.startswith(("=", "+", "-", "@", "\t", "\r"))]


def test_json_lines_hold_everything_of_the_realm_alone(desk: Desk, browser: Browser) -> None:
    """More than a batch, as many as there are."""
    desk.plant_events("server:keys:rotate", [desk.provider.clock.now()] * 520)
    page = browser.get(desk.address("events/export/json?kind=server"))
    rows = [json.loads(line) for line in page.content.decode().splitlines()]

    assert len({row["id"] for row in rows}) == 520
    assert {row["tag"] for row in rows} == {"server:keys:rotate"}
    assert desk.events("admin:event:export")[-1].details["filter"] == {"kind": "server"}
    assert browser.get(desk.address("events/export/xml")).status == 404


def test_cells_are_guarded_by_their_first_character() -> None:
    assert guard_cell("a=1") == "a=1"
    assert guard_cell("") == ""
    assert guard_cell("-1") == "'-1"


def test_every_tag_is_said_in_words(desk: Desk) -> None:
    """An administrator reads no tags, but for those that have no words yet."""
    environment = desk.provider.services.themes.environment("default")
    words = environment.get_template("admin/event_words.html").module.words  # type: ignore[attr-defined]

    assert set(words) == {str(tag) for tag in Tag}
