"""The addresses of the login's pages, each with what GET and POST do."""

from starlette.routing import Route

from idp.login import (
    certificate,
    certificate_first,
    certificate_missing,
    consent,
    disable_two_factor,
    enrolment,
    forgotten_password,
    invitation,
    new_password,
    password,
    recovery_code,
    restart,
    verify_email,
)
from idp.login.failures import answer_page_failure, answer_unavailable_page, answer_unknown_realm_page
from idp.web.endpoint import Adapter, Handler

PAGES = Adapter(answer_page_failure, answer_unknown_realm_page, answer_unavailable_page, costly_forms=True)

_TABLE: tuple[tuple[str, Handler | None, Handler | None], ...] = (
    ("password", password.show_password, password.submit_password),
    ("certificate", certificate.show_certificate, certificate.begin_attempt),
    ("certificate/return", certificate.return_from_attempt, None),
    ("certificate-first", certificate_first.show_failure, certificate_first.begin_attempt),
    ("certificate-first/return", certificate_first.return_from_attempt, None),
    ("new-password", new_password.show_new_password, new_password.submit_new_password),
    ("consent", consent.show_consent, consent.submit_consent),
    ("recovery-code", recovery_code.show_recovery_code, recovery_code.submit_recovery_code),
    ("restart", restart.restart, None),
    ("cancel", restart.cancel, None),
    ("enrolment/send", None, certificate_missing.send_enrolment_link),
    ("enrolment", enrolment.show_enrolment, enrolment.submit_enrolment),
    ("invitation", invitation.show_invitation, invitation.submit_invitation),
    ("forgot-password", forgotten_password.show_forgot_password, forgotten_password.submit_forgot_password),
    ("reset-password", forgotten_password.show_reset_password, forgotten_password.submit_reset_password),
    ("verify-email", verify_email.show_verify_email, verify_email.submit_verify_email),
    ("disable-two-factor", disable_two_factor.show_disable_two_factor, disable_two_factor.submit_disable_two_factor),
)


def build_routes() -> list[Route]:
    """Return the routes under ``/realms/{realm}/login/``."""
    routes = []
    for path, show, submit in _TABLE:
        address = f"/realms/{{realm}}/login/{path}"
        if show is not None:
            routes.append(Route(address, PAGES.endpoint(show), methods=["GET"]))
        if submit is not None:
            routes.append(Route(address, PAGES.endpoint(submit), methods=["POST"]))
    return routes
