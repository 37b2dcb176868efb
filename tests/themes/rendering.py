"""Renders templates of the default theme as the product does."""

from idp.resources import themes_directory
from idp.themes import Themes
from tests.themes.samples import COMMON, MAIL, Context

THEMES = Themes([themes_directory()])


def render(template: str, context: Context) -> str:
    """Return the page *template* (``area/name.html``) with the common context and *context*."""
    return THEMES.environment("default").get_template(template).render(COMMON | context)


def render_mail(name: str, part: str, context: Context) -> str:
    """Return one *part* (``subject.txt``, ``body.txt`` or ``body.html``) of the mail *name*."""
    return THEMES.environment("default").get_template(f"email/{name}/{part}").render(MAIL | context)
