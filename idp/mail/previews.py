"""What the mails of a theme look like, with the facts of somebody who is not there."""

import re
from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any

from jinja2 import Environment, TemplateError

from idp.errors import InvalidInput, NotFound
from idp.mail.rendering import RenderedMail, render_mail

_SUBJECT = re.compile(r"email/([a-z0-9_-]{1,64})/subject\.txt")


def list_mail_templates(environment: Environment) -> list[str]:
    """Return the names of the mails that the theme has, of its own or of the default's."""
    names = (_SUBJECT.fullmatch(path) for path in environment.list_templates())
    return sorted({found[1] for found in names if found})


def preview_mail(
    environment: Environment, template: str, *, realm: Mapping[str, str], url: str, now: datetime
) -> RenderedMail:
    """Return the mail *template* as it would be in *realm*, whose addresses begin with *url*.

    Raises `NotFound` where there is no such mail, and `InvalidInput` where a theme's own one cannot be rendered.
    """
    if template not in list_mail_templates(environment):
        raise NotFound("no such mail")
    try:
        return render_mail(environment, template, {"realm": realm, **_build_sample(url, now)})
    except TemplateError as error:
        raise InvalidInput(
            template="The theme's template cannot be rendered: it is wrong, or needs other facts."
        ) from error


def _build_sample(url: str, now: datetime) -> dict[str, Any]:
    """Return every fact that a mail of ours needs."""
    account = f"{url}/account"
    return {
        "user": {"name": "Alex Example", "username": "alex", "email": "alex@example.org"},
        "at": now,
        "address": "192.0.2.17",
        "browser": "Firefox on Linux",
        "account_url": f"{account}/",
        "two_factor_url": f"{account}/two-factor",
        "change_password_url": f"{account}/password",
        "link_url": f"{url}/login/link?token=example",
        "recovery_url": f"{url}/login/link?token=example",
        "renew_url": f"{account}/two-factor/enrol",
        "minutes": 60,
        "days": 14,
        "renewable": True,
        "certificate": _build_certificate(now),
        "old": _build_certificate(now),
        "works_until": now + timedelta(days=14),
        "bound_by": "registered",
        "certificates_revoked": 1,
        "reason": "none",
        "failures": 1,
        "application": "Travel Expenses",
        "recovery": "disable",
        "recovery_codes_left": 8,
        "email": "alex@example.org",
        "new_email": "a•••@example.net",
        "first_password": True,
        "certificate_required": True,
    }


def _build_certificate(now: datetime) -> dict[str, Any]:
    return {
        "device_name": "Work laptop",
        "subject": "CN=Alex Example,O=Example",
        "issuer": "CN=Example Issuing CA,O=Example",
        "serial_number": "5f3a9c01d2e84b7790ab12cd34ef5678",
        "not_after": now + timedelta(days=365),
        "bound_by": "issued",
    }
