"""Mail is rendered from the default theme, or from a theme of the operator's."""

from pathlib import Path

import pytest
from jinja2 import TemplateNotFound, UndefinedError

from idp.mail.rendering import render_mail
from idp.themes import Themes


@pytest.fixture
def themes(tmp_path: Path) -> Themes:
    """A theme with one mail."""
    directory = tmp_path / "default" / "email" / "hello"
    directory.mkdir(parents=True)
    (directory / "subject.txt").write_text("{# what for #}\nHello\n{{ name }} & friends\n")
    (directory / "body.txt").write_text("\n\nDear {{ name }}, a < b.\n\n")
    (directory / "body.html").write_text("<p>Dear {{ name }}")
    return Themes([tmp_path])


def test_subject_is_one_line_and_text_is_not_escaped(themes: Themes) -> None:
    """HTML is escaped where it is HTML, and nowhere else."""
    mail = render_mail(themes.environment("default"), "hello", {"name": "<Alice>"})

    assert mail.subject == "Hello <Alice> & friends"
    assert mail.text == "Dear <Alice>, a < b.\n"
    assert mail.html == "<p>Dear &lt;Alice&gt;"


def test_missing_template_or_value_is_an_error(themes: Themes) -> None:
    """A mail with a hole in it is never sent."""
    environment = themes.environment("default")
    with pytest.raises(UndefinedError):
        render_mail(environment, "hello", {})
    with pytest.raises(TemplateNotFound):
        render_mail(environment, "goodbye", {})
