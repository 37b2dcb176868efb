"""Bring the catalogs of the default theme up to date with the texts of templates and code: ``make translations``.

New texts come in without a translation, texts that are gone leave, and nothing is guessed.
"""

from collections.abc import Iterator
from pathlib import Path

from babel.messages.catalog import Catalog
from babel.messages.extract import extract_from_file
from babel.messages.pofile import read_po, write_po

ROOT = Path(__file__).resolve().parent.parent
LANGUAGES = ROOT / "themes" / "default" / "languages"
# What is translated so far, and how texts are found in it.
SOURCES = (("themes/default/admin", "*.html", "jinja2.ext:babel_extract"), ("idp/admin/console", "*.py", "python"))
_OPTIONS = {"newstyle_gettext": "true", "silent": "false", "trim_blocks": "true", "lstrip_blocks": "true"}
_KEYWORDS = {"_": None, "gettext": None, "ngettext": (1, 2), "pgettext": ((1, "c"), 2)}


def collect_messages() -> Catalog:
    """Return every text that is to be translated, with the files it stands in."""
    catalog = Catalog(charset="utf-8")
    for path, method in _files():
        for _line, message, comments, context in extract_from_file(
            method, path, keywords=_KEYWORDS, options=_OPTIONS if "jinja2" in method else None
        ):
            place = [(path.relative_to(ROOT).as_posix(), 0)]
            catalog.add(message, locations=place, auto_comments=comments, context=context)
    return catalog


def read_catalog(path: Path) -> Catalog:
    """Return the catalog in the file *path*, which is named after its language."""
    with path.open("rb") as stream:
        return read_po(stream, locale=path.stem, abort_invalid=True)


def update(path: Path, messages: Catalog) -> int:
    """Update the file and return how many texts lack a translation."""
    catalog = read_catalog(path) if path.exists() else Catalog(locale=path.stem, charset="utf-8")
    catalog.update(messages, no_fuzzy_matching=True)
    catalog.obsolete.clear()
    path.parent.mkdir(exist_ok=True)
    with path.open("wb") as stream:
        write_po(stream, catalog, width=120, sort_by_file=True, include_lineno=False, omit_header=True)
    content = path.read_text(encoding="utf-8")
    path.write_text(f"{_HEADER.format(language=path.stem)}\n{content.lstrip()}", encoding="utf-8")
    return sum(1 for message in catalog if message.id and not all(_texts(message.string)))


_HEADER = """# Texts of the default theme. `make translations` brings this file up to date.
msgid ""
msgstr ""
"Content-Type: text/plain; charset=utf-8\\n"
"Language: {language}\\n"
"Plural-Forms: nplurals=2; plural=(n != 1);\\n"
"""


def _files() -> Iterator[tuple[Path, str]]:
    for folder, pattern, method in SOURCES:
        yield from ((path, method) for path in sorted((ROOT / folder).glob(pattern)))


def _texts(string: str | tuple[str, ...] | list[str] | None) -> tuple[str, ...]:
    return (string or "",) if isinstance(string, str | None) else tuple(string)


if __name__ == "__main__":
    collected = collect_messages()
    for catalog_path in sorted(LANGUAGES.glob("*.po")) or [LANGUAGES / "de.po"]:
        print(f"{catalog_path.stem}: {update(catalog_path, collected)} to translate")
