"""A mail's subject, text and HTML from the templates ``email/<name>/{subject.txt,body.txt,body.html}``."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from jinja2 import Environment


@dataclass(frozen=True)
class RenderedMail:
    """What a person will read; the subject is one line."""

    subject: str
    text: str
    html: str


def render_mail(environment: Environment, template_name: str, context: Mapping[str, Any]) -> RenderedMail:
    """Return the mail *template_name* with *context*; raise Jinja's errors for what a template lacks."""

    def render(part: str) -> str:
        return environment.get_template(f"email/{template_name}/{part}").render(context)

    subject = " ".join(render("subject.txt").split())
    return RenderedMail(subject, render("body.txt").strip() + "\n", render("body.html"))
