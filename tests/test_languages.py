"""Languages: which one a person reads, what a catalog translates, and how dates and numbers are written."""

from datetime import UTC, date, datetime
from pathlib import Path

import pytest
from babel.messages.pofile import PoFileError

from idp.languages import (
    choose_language,
    load_translations,
    parse_accept_language,
    show_day,
    show_day_of_year,
    show_moment,
    show_number,
    show_short,
)

PO = 'msgid ""\nmsgstr "Content-Type: text/plain; charset=utf-8\\n"\n\nmsgid "Save"\nmsgstr "{}"\n'


def write(path: Path, text: str) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text, encoding="utf-8")
    return path


@pytest.mark.parametrize(
    ("header", "expected"),
    [
        ("", []),
        ("de", ["de"]),
        ("en;q=0.5, de-AT, fr;q=0.9", ["de-AT", "fr", "en"]),
        ("de;q=0, en", ["en"]),
        ("de; q=0.3 , *;q=0.1,en;q=1.000", ["en", "de"]),
        ("de;q=2, en;q=x, ../../etc, <b>", []),
        ("," * 600 + "de", []),
    ],
)
def test_wishes_of_a_browser_come_in_their_order(header: str, expected: list[str]) -> None:
    """RFC 9110 section 12.5.4."""
    assert parse_accept_language(header) == expected


@pytest.mark.parametrize(
    ("wishes", "expected"),
    [(["de-AT"], "de"), (["de_DE"], "de"), (["fr", "DE"], "de"), (["fr"], "en"), ([], "en"), (["en-US", "de"], "en")],
)
def test_language_is_one_that_there_is(wishes: list[str], expected: str) -> None:
    """A region gets its language; English is for everybody else."""
    assert choose_language(("en", "de"), wishes) == expected


def test_first_catalog_wins_and_the_next_completes_it(tmp_path: Path) -> None:
    """An operator's theme translates what it wants to."""
    own = write(tmp_path / "own/de.po", PO.format("Sichern"))
    built_in = write(tmp_path / "default/de.po", PO.format("Speichern") + '\nmsgid "Stop"\nmsgstr "Halt"\n')

    translations = load_translations([own, built_in])

    assert [translations.gettext(text) for text in ("Save", "Stop", "Go")] == ["Sichern", "Halt", "Go"]


def test_uncertain_translations_are_not_shown(tmp_path: Path) -> None:
    """Fuzzy: the text has changed since it was translated."""
    text = PO.format("Sichern").replace('msgid "Save"', '#, fuzzy\nmsgid "Save"')

    assert load_translations([write(tmp_path / "de.po", text)]).gettext("Save") == "Save"


def test_broken_catalog_is_refused(tmp_path: Path) -> None:
    """It does not pass for an empty one."""
    with pytest.raises(PoFileError):
        load_translations([write(tmp_path / "de.po", "rubbish\n")])


def test_dates_and_numbers_are_written_as_they_are_read() -> None:
    """The English of the pages has the day first."""
    at = datetime(2026, 11, 26, 14, 5, tzinfo=UTC)

    assert [show_day(date(2026, 3, 1), language) for language in ("en", "de")] == ["1 March 2026", "1. März 2026"]
    assert [show_moment(at, language) for language in ("en", "de")] == [
        "26 November 2026, 14:05 UTC",
        "26. November 2026, 14:05 UTC",
    ]
    assert [show_number(1234567, language) for language in ("en", "de")] == ["1,234,567", "1.234.567"]


def test_tables_and_charts_are_brief() -> None:
    """Day and month as they are written, and the time of day without its zone."""
    at = datetime(2026, 3, 4, 15, 6, tzinfo=UTC)

    assert (show_short(at, "en"), show_short(at, "de")) == ("4 Mar 2026, 15:06", "04.03.2026, 15:06")
    assert (show_day_of_year(at, "en"), show_day_of_year(at, "de")) == ("4 Mar", "4. März")
