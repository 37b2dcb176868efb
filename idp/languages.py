"""Languages of pages: catalogs of translated texts (GNU gettext), and dates and numbers as their readers write them.

Texts are written in English in the templates; a theme's ``languages/<language>.po`` translates them. What a catalog
lacks stays English.
"""

import re
from collections.abc import Iterable, Sequence
from datetime import date, datetime
from gettext import NullTranslations
from io import BytesIO
from pathlib import Path

from babel.core import Locale
from babel.dates import format_date, format_skeleton
from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po
from babel.numbers import format_decimal
from babel.support import Translations

SOURCE = "en"
"""What the templates are written in."""

# The order of day, month and year that the pages have always had.
_LOCALES = {SOURCE: "en_GB"}
_LANGUAGE = re.compile(r"[a-z]{2,3}(-[A-Za-z0-9]{2,8})*", re.IGNORECASE)
_MAXIMUM_WISHES = 10


def load_translations(catalogs: Iterable[Path]) -> NullTranslations:
    """Return the texts of the files *catalogs*, of which the first that has a text wins; English where there are none."""
    translations: NullTranslations = NullTranslations()
    for path in catalogs:
        with path.open("rb") as stream:
            catalog = read_po(stream, locale=path.stem, abort_invalid=True)
        compiled = BytesIO()
        write_mo(compiled, catalog)
        compiled.seek(0)
        loaded = Translations(compiled)
        if isinstance(translations, Translations):
            translations.add_fallback(loaded)
        else:
            translations = loaded
    return translations


def choose_language(available: Sequence[str], wishes: Iterable[str]) -> str:
    """Return the first of *wishes* (BCP 47 tags) that is *available*, a region's language for the region; else English."""
    for wish in wishes:
        tag = wish.lower().replace("_", "-")
        for candidate in (tag, tag.partition("-")[0]):
            if candidate in available:
                return candidate
    return SOURCE


def parse_accept_language(header: str) -> list[str]:
    """Return the tags of an ``Accept-Language`` header, most wanted first (RFC 9110 section 12.5.4); what is no tag is left out."""
    weighted = []
    for part in header[:512].split(",")[:_MAXIMUM_WISHES]:
        tag, _, parameter = (piece.strip() for piece in part.partition(";"))
        weight = _weight(parameter)
        if weight and _LANGUAGE.fullmatch(tag):
            weighted.append((weight, tag))
    return [tag for _, tag in sorted(weighted, key=lambda pair: -pair[0])]


def show_day(value: date, language: str) -> str:
    """Return the day as it is written, with the month's name."""
    return format_date(value, "long", locale=_locale(language))


def show_moment(value: datetime, language: str) -> str:
    """Return day, time and time zone."""
    return f"{show_day(value, language)}, {value:%H:%M %Z}"


def show_short(value: datetime, language: str) -> str:
    """Return day and time as briefly as a table needs them."""
    return f"{format_date(value, 'medium', locale=_locale(language))}, {value:%H:%M}"


def show_day_of_year(value: date, language: str) -> str:
    """Return day and month, where the year goes without saying."""
    return format_skeleton("MMMd", value, locale=_locale(language))


def show_number(value: float, language: str) -> str:
    """Return the number with its thousands apart."""
    return format_decimal(value, locale=_locale(language))


def _locale(language: str) -> Locale:
    return Locale.parse(_LOCALES.get(language, language), sep="-" if "-" in language else "_")


def _weight(parameter: str) -> float:
    if not parameter:
        return 1.0
    match = re.fullmatch(r"q=(0(?:\.[0-9]{0,3})?|1(?:\.0{0,3})?)", parameter.replace(" ", ""), re.IGNORECASE)
    return float(match[1]) if match else 0.0
