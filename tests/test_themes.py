"""Themes: an operator's files win, what is missing comes from the default, and nothing else is ever served."""

from pathlib import Path

import pytest
from jinja2 import TemplateNotFound, UndefinedError

from idp.resources import themes_directory
from idp.themes import DEFAULT, Themes
from tests.crowd import all_at_once


def write(path: Path, text: str) -> None:
    """Write a file and the folders above it."""
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text, encoding="utf-8")


@pytest.fixture
def own(tmp_path: Path) -> Path:
    """An operator's folder of themes."""
    return tmp_path / "own"


@pytest.fixture
def themes(tmp_path: Path, own: Path) -> Themes:
    """The operator's themes before the built-in ones."""
    built_in = tmp_path / "built-in"
    write(built_in / "default/login/page.html", "default {{ name }}")
    write(built_in / "default/login/other.html", "other {{ name }}")
    write(built_in / "default/email/note.txt", "{{ name }}")
    write(built_in / "default/resources/style.css", "default")
    write(built_in / "default/resources/deep/logo.svg", "logo")
    write(built_in / "default/secret.txt", "no resource")
    write(own / "corporate/login/page.html", "corporate {{ name }}")
    write(own / "corporate/resources/style.css", "corporate")
    write(own / "resources/private.txt", "outside of every theme")
    write(tmp_path / "resources/private.txt", "outside of the folder")
    return Themes([own, built_in])


def render(themes: Themes, theme: str, template: str, **context: str) -> str:
    """Render a template."""
    return themes.environment(theme).get_template(template).render(**context)


def test_template_of_theme_wins(themes: Themes) -> None:
    """And one that it lacks comes from the default."""
    assert render(themes, "corporate", "login/page.html", name="x") == "corporate x"
    assert render(themes, "corporate", "login/other.html", name="x") == "other x"
    assert render(themes, DEFAULT, "login/page.html", name="x") == "default x"


def test_operators_default_wins_over_built_in(themes: Themes, own: Path) -> None:
    """A single page can be changed without copying the theme."""
    write(own / "default/login/page.html", "ours {{ name }}")

    assert render(themes, DEFAULT, "login/page.html", name="x") == "ours x"
    assert render(themes, "unheard-of", "login/page.html", name="x") == "ours x"


def test_html_is_escaped_and_text_is_not(themes: Themes) -> None:
    """A name with brackets does nothing on a page, and is readable in a mail."""
    assert render(themes, DEFAULT, "login/page.html", name="<b>&'\"") == "default &lt;b&gt;&amp;&#39;&#34;"
    assert render(themes, DEFAULT, "email/note.txt", name="<b>&") == "<b>&"


def test_forgotten_variable_is_an_error(themes: Themes) -> None:
    """An empty place on a page would be noticed by nobody."""
    with pytest.raises(UndefinedError):
        render(themes, DEFAULT, "login/page.html")


@pytest.mark.parametrize("name", ["../default/secret.txt", "login/../secret.txt", "/etc/passwd", "login/none.html", ""])
def test_template_outside_of_theme_is_not_found(themes: Themes, name: str) -> None:
    """No template name leads out of the folder."""
    with pytest.raises((TemplateNotFound, IsADirectoryError)):
        render(themes, "corporate", name)


@pytest.mark.parametrize(
    ("theme", "name", "content"),
    [
        (DEFAULT, "style.css", "default"),
        ("corporate", "style.css", "corporate"),
        ("corporate", "deep/logo.svg", "logo"),
        ("unheard-of", "style.css", "default"),
    ],
)
def test_resource_is_found(themes: Themes, theme: str, name: str, content: str) -> None:
    """First match wins, as for templates."""
    path = themes.find_resource(theme, name)

    assert path is not None
    assert path.read_text() == content


@pytest.mark.parametrize("theme", [DEFAULT, "corporate", "", ".", "..", "../..", "corporate/../..", "\x00", "x" * 5000])
@pytest.mark.parametrize(
    "name",
    ["", ".", "..", "deep", "../secret.txt", "../../default/secret.txt", "deep/../../secret.txt", "/etc/passwd",
     "//etc/passwd", "..\\secret.txt", "private.txt", "style.css\x00.svg", "\x00", "x" * 5000, "a/" * 3000,
     "deep/logo.svg/", "~/x", "\ud800"],
)  # fmt: skip
def test_address_that_leads_elsewhere_finds_nothing(themes: Themes, theme: str, name: str) -> None:
    """Both parts come from the address line; nothing but resources of themes is served, and nothing raises."""
    assert themes.find_resource(theme, name) is None


def test_link_that_leads_out_of_theme_is_not_followed(themes: Themes, own: Path) -> None:
    """Not even one that lies in the folder."""
    (own / "corporate/resources/passwd").symlink_to("/etc/passwd")
    (own / "corporate/resources/up").symlink_to(own)

    assert themes.find_resource("corporate", "passwd") is None
    assert themes.find_resource("corporate", "up/resources/private.txt") is None


def test_version_follows_content(themes: Themes, own: Path, tmp_path: Path) -> None:
    """Static files are kept forever, so their address changes when one of them does."""
    before = themes.version
    write(own / "corporate/resources/style.css", "changed")

    assert Themes([own, tmp_path / "built-in"]).version != before
    assert themes.version == before  # as served by this process


def test_environment_is_made_once_also_for_twenty_at_once(themes: Themes) -> None:
    """Templates are compiled once."""
    environments = all_at_once(lambda _: themes.environment("corporate"))

    assert len({id(environment) for environment in environments}) == 1


def test_built_in_themes_have_what_every_theme_falls_back_to() -> None:
    """Every area of the default theme."""
    areas = {path.name for path in (themes_directory() / DEFAULT).iterdir()}

    assert {"login", "account", "email", "resources"} <= areas


def test_pages_are_translated_and_say_so(themes: Themes, own: Path) -> None:
    """Each theme has the languages of its own catalogs and of the default theme's."""
    header = 'msgid ""\nmsgstr "Content-Type: text/plain; charset=utf-8\\n"\n\n'
    write(own / "corporate/languages/de.po", header + 'msgid "Hello %(name)s"\nmsgstr "Grüß Gott, %(name)s"\n')
    write(own / "corporate/login/hello.html", '<p lang="{{ language }}">{{ _("Hello %(name)s", name=name) }}</p>')

    assert (themes.languages("corporate"), themes.languages(DEFAULT)) == (("en", "de"), ("en",))
    pages = {
        language: themes.environment("corporate", language).get_template("login/hello.html").render(name="<b>")
        for language in themes.languages("corporate")
    }

    assert pages == {"en": '<p lang="en">Hello &lt;b&gt;</p>', "de": '<p lang="de">Grüß Gott, &lt;b&gt;</p>'}
