"""The console in German: nothing is left out, nothing is left over, and what is put into a text is put into its translation."""

import re

import pytest
from babel.messages.catalog import Catalog, Message

from tools.translations import LANGUAGES, collect_messages, read_catalog

_PLACEHOLDER = re.compile(r"%\((\w+)\)s|%%")
_TAG = re.compile(r"</?\w+>")


@pytest.fixture(scope="module")
def catalog() -> Catalog:
    return read_catalog(LANGUAGES / "de.po")


def texts(message: Message) -> list[tuple[str, str]]:
    """Pairs of a text and its translation."""
    sources = (message.id,) if isinstance(message.id, str) else tuple(message.id)
    translated = (message.string,) if isinstance(message.string, str) else tuple(message.string)
    return list(zip(sources, translated, strict=True))


def test_catalog_has_what_the_console_says_and_nothing_else(catalog: Catalog) -> None:
    """`make translations` keeps it so."""
    wanted = {message.id for message in collect_messages() if message.id}

    assert {message.id for message in catalog if message.id} == wanted
    assert not catalog.obsolete


def test_every_text_is_translated(catalog: Catalog) -> None:
    messages = [message for message in catalog if message.id]

    assert [message.id for message in messages if message.fuzzy] == []
    assert [source for message in messages for source, german in texts(message) if not german.strip()] == []


def test_translations_keep_placeholders_and_markup(catalog: Catalog) -> None:
    """A singular may do without the number; apart from that both have the same."""
    for message in (message for message in catalog if message.id):
        for source, german in texts(message):
            assert sorted(_PLACEHOLDER.findall(german)) == sorted(_PLACEHOLDER.findall(source)), source
            assert sorted(_TAG.findall(german)) == sorted(_TAG.findall(source)), source
            assert _TAG.sub("", german).count("<") == 0
            assert source[-1] not in ".:!?" or german[-1] in ".:!?", source


def test_texts_that_stand_apart_from_the_catalog_are_none() -> None:
    """Text between tags in the console's templates is translated: what stands there bare is a name, or punctuation."""
    bare = []
    for path in sorted((LANGUAGES.parent / "admin").glob("*.html")):
        source = re.sub(
            r"\{#.*?#\}|\{% trans.*?%\}.*?\{% endtrans %\}|\{%.*?%\}|\{\{.*?\}\}", "", path.read_text(), flags=re.S
        )
        bare += [(path.name, text) for text in re.findall(r">([^<>]*[A-Za-z]{3}[^<>]*)<", source)]

    assert {text.strip() for _, text in bare} <= {"Countersign", "CSV", "JSON", "SHA-256"}
