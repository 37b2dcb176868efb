"""Themes: a realm's theme gives the templates and resources of its pages and mails.

A theme is a folder of Jinja2 templates by area (``<theme>/login/``, ``account/``, ``email/``, ``admin/``), of static files
(``<theme>/resources/``) and of translations (``<theme>/languages/``). An operator's folder is searched before the built-in
themes; what a theme lacks comes from `default`.
"""

import hashlib
import re
import threading
from collections.abc import Sequence
from functools import cached_property, partial
from pathlib import Path

from jinja2 import Environment, FileSystemLoader, StrictUndefined, select_autoescape

from idp.languages import SOURCE, load_translations, show_day, show_day_of_year, show_moment, show_number, show_short
from idp.resources import themes_directory

DEFAULT = "default"
# Both come from the address line: a theme's name is one folder, and no part of a file's name begins with a dot.
_THEME = re.compile(r"[A-Za-z0-9_-]{1,64}")
_RESOURCE = re.compile(r"(?=.{1,200}\Z)[A-Za-z0-9_-][A-Za-z0-9_.-]*(?:/[A-Za-z0-9_-][A-Za-z0-9_.-]*)*")


def open_themes(own: Path | None) -> "Themes":
    """Return the built-in themes, and before them those in the operator's folder *own*."""
    return Themes([themes_directory()] if own is None else [own, themes_directory()])


class Themes:
    """Find templates and resources in *directories*, first match wins."""

    def __init__(self, directories: Sequence[Path]) -> None:
        self.directories = tuple(directories)
        self._building = threading.Lock()
        self._environments: dict[tuple[str, str], Environment] = {}
        self._languages: dict[str, tuple[str, ...]] = {}

    def environment(self, theme: str, language: str = SOURCE) -> Environment:
        """Return the Jinja environment of *theme* in one of its languages; made once. Template names begin with their area."""
        key = (theme, language)
        if key not in self._environments:
            with self._building:
                if key not in self._environments:
                    self._environments[key] = self._build_environment(theme, language)
        return self._environments[key]

    def languages(self, theme: str) -> tuple[str, ...]:
        """Return the languages that there are texts in, English first."""
        if theme not in self._languages:
            found = {path.stem for folder in self._search_path(theme, "languages") for path in folder.glob("*.po")}
            self._languages[theme] = (SOURCE, *sorted(found - {SOURCE}))
        return self._languages[theme]

    def names(self) -> list[str]:
        """Return the names of the themes that there are, `default` first."""
        found = {path.name for directory in self.directories for path in directory.glob("*/") if path.is_dir()}
        return [DEFAULT, *sorted(name for name in found - {DEFAULT} if _THEME.fullmatch(name))]

    def find_resource(self, theme: str, name: str) -> Path | None:
        """Return the static file *name* of *theme*, or None; never a file outside a theme's resources."""
        if not _THEME.fullmatch(theme) or not _RESOURCE.fullmatch(name):
            return None
        for directory in self._search_path(theme, "resources"):
            path = (directory / name).resolve()
            if path.is_file() and path.is_relative_to(directory.resolve()):
                return path
        return None

    @cached_property
    def version(self) -> str:
        """A digest of all static files, so that their addresses change when they do."""
        digest = hashlib.sha256()
        for directory in self.directories:
            for path in sorted(directory.glob("*/resources/**/*")):
                if path.is_file():
                    digest.update(path.read_bytes())
        return digest.hexdigest()[:12]

    def _search_path(self, theme: str, area: str) -> list[Path]:
        names = [theme] if theme == DEFAULT else [theme, DEFAULT]
        return [directory / name / area for name in names for directory in self.directories]

    def _build_environment(self, theme: str, language: str) -> Environment:
        environment = Environment(
            loader=FileSystemLoader(self._search_path(theme, "")),
            autoescape=select_autoescape(("html",), default_for_string=True, default=False),
            undefined=StrictUndefined,
            auto_reload=False,
            trim_blocks=True,
            lstrip_blocks=True,
            extensions=["jinja2.ext.i18n"],
        )
        catalogs = (folder / f"{language}.po" for folder in self._search_path(theme, "languages"))
        environment.install_gettext_translations(  # type: ignore[attr-defined]
            load_translations(path for path in catalogs if path.is_file()), newstyle=True
        )
        environment.globals["language"] = language
        environment.filters |= {
            "day": partial(show_day, language=language),
            "moment": partial(show_moment, language=language),
            "day_of_year": partial(show_day_of_year, language=language),
            "short": partial(show_short, language=language),
            "number": partial(show_number, language=language),
        }
        return environment
