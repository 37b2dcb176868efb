"""Mails with sample data, in the managed realm's theme: what a preview shows and a test sends."""

from datetime import timedelta
from types import SimpleNamespace
from typing import Any

from idp.admin.console.administrator import Administrator
from idp.mail.rendering import RenderedMail, render_mail
from idp.web.exchange import Exchange

TEMPLATES = (
    "login_failed",
    "verify_email",
    "password_reset",
    "password_changed",
    "email_changed",
    "invitation",
    "enrolment_link",
    "certificate_issued",
    "certificate_added",
    "certificate_renewed",
    "certificate_expiring",
    "certificate_revoked",
    "two_factor_enabled",
    "two_factor_disabled",
    "recovery_code_used",
    "test_message",
)


def render_sample(exchange: Exchange, administrator: Administrator, template: str) -> RenderedMail:
    """Return the mail as somebody of the realm would get it; its links lead to the realm and are worth nothing."""
    environment = exchange.services.themes.environment(administrator.realm.theme)
    return render_mail(environment, template, _build_context(exchange, administrator))


def _build_context(exchange: Exchange, administrator: Administrator) -> dict[str, Any]:
    realm, now = administrator.realm, exchange.services.clock.now()
    base = f"{exchange.services.settings.public_url}/realms/{realm.name}"
    certificate = SimpleNamespace(
        device_name="Work laptop",
        subject="CN=alice,O=Example",
        issuer="CN=Example Authority",
        serial_number="5f3a9c01d2e84b7790ab12cd34ef5678",
        not_before=now - timedelta(days=351),
        not_after=now + timedelta(days=14),
    )
    return {
        "realm": {"name": realm.name, "display_name": realm.display_name or realm.name},
        "user": {"name": "Alice Example", "username": "alice", "email": "alice@example.org"},
        "email": "alice@example.org",
        "new_email": "a•••@example.org",
        "at": now,
        "address": "192.0.2.14",
        "browser": "Firefox on Linux",
        "application": "Example application",
        "account_url": f"{base}/account/",
        "two_factor_url": f"{base}/account/two-factor",
        "renew_url": f"{base}/account/two-factor/enrol",
        "change_password_url": f"{base}/account/password",
        "link_url": f"{base}/account/#sample",
        "recovery_url": f"{base}/account/#sample",
        "minutes": realm.action_link_lifetime // 60,
        "bound_by": "registered",
        "reason": "none",
        "failures": 1,
        "recovery": "disable",
        "days": 14,
        "certificate": certificate,
        "old": certificate,
        "renewable": True,
        "works_until": now + timedelta(days=14),
        "first_password": True,
        "certificate_required": False,
        "certificates_revoked": 1,
        "recovery_codes_left": 7,
    }
