"""The addresses of the dashboard's pages, each with what GET and POST do."""

from collections.abc import Iterator
from dataclasses import replace

from starlette.responses import Response
from starlette.routing import Route

from idp.account import (
    activity,
    applications,
    certificate_page,
    certificate_test,
    disable_two_factor,
    enrol,
    install,
    overview,
    password,
    personal_info,
    register_certificate,
    renew,
    request_certificate,
    revoke_certificate,
    two_factor,
)
from idp.account.impersonated import is_open
from idp.account.member import Bar, Member, MemberHandler, for_members
from idp.account.page import render_account_page
from idp.account.sign_in import answer_dashboard_callback, sign_out_of_dashboard
from idp.login.routes import PAGES
from idp.web.endpoint import Handler
from idp.web.exchange import Exchange
from idp.web.uploads import read_upload

# Pages that an enrolment session may open as well; nothing here can weaken an account.
_ENROLMENT: tuple[tuple[str, MemberHandler | None, MemberHandler | None], ...] = (
    ("two-factor", two_factor.show_two_factor, two_factor.save_two_factor),
    ("two-factor/enrol", enrol.show_enrol, enrol.download_certificate),
    ("two-factor/enrol/request", request_certificate.show_request, request_certificate.submit_request),
    ("two-factor/install", install.show_install, None),
    ("two-factor/test", None, certificate_test.begin_test),
    ("two-factor/test/return", certificate_test.show_test_result, None),
    ("certificates/{certificate}", certificate_page.show_certificate, certificate_page.rename),
    ("certificates/{certificate}/install", certificate_page.show_installation, None),
    ("certificates/{certificate}/files/{kind}", certificate_page.download, None),
    ("two-factor/register", None, register_certificate.begin_registration),
    ("two-factor/register/return", register_certificate.show_presented, None),
    ("two-factor/register/bind", None, register_certificate.register),
    ("certificates/{certificate}/revoke", revoke_certificate.show_revoke, revoke_certificate.submit_revoke),
)

# What binds a certificate or shows codes needs a recent sign-in. Testing and saving do not: they add nothing to what was bound.
_RECENT = {
    "two-factor/enrol",
    "two-factor/enrol/request",
    "two-factor/register",
    "two-factor/register/bind",
    "two-factor/recovery-codes",
    "certificates/{certificate}/renew",
    "certificates/{certificate}/renew/present",
}

# Pages whose form has a file in it.
_UPLOADS = {"two-factor/enrol/request"}
_PAGES_WITH_UPLOAD = replace(PAGES, read_body=read_upload)

_MEMBERS: tuple[tuple[str, MemberHandler | None, MemberHandler | None], ...] = (
    ("", overview.show_overview, None),
    ("two-factor/disable", disable_two_factor.show_disable, disable_two_factor.submit_disable),
    ("two-factor/recovery-codes", None, two_factor.renew_recovery_codes),
    ("certificates/{certificate}/renew", renew.show_renew, renew.download_renewed),
    ("certificates/{certificate}/renew/present", None, renew.begin_presenting),
    ("certificates/{certificate}/renew/return", renew.take_presented, None),
    ("applications", applications.show_applications, None),
    ("applications/{client}/remove", None, applications.remove_application),
    ("activity", activity.show_activity, None),
    ("personal-info", personal_info.show_personal_info, personal_info.save_personal_info),
    ("personal-info/verify-email", None, personal_info.send_verification),
    ("password", password.show_password, password.save_password),
)


def build_routes() -> list[Route]:
    """Return the routes under ``/realms/{realm}/account/``."""
    routes = [*_routes("callback", answer_dashboard_callback, None), *_routes("sign-out", None, sign_out_of_dashboard)]
    for table, enrolment in ((_ENROLMENT, True), (_MEMBERS, False)):
        for path, show, submit in table:
            routes.extend(_routes(path, *(_for_members(handler, path, enrolment) for handler in (show, submit))))
    return routes


def _for_members(handler: MemberHandler | None, path: str, enrolment: bool) -> Handler | None:
    if handler is None:
        return None
    return for_members(handler, _build_bar(path), enrolment=enrolment, recent=path in _RECENT)


def _build_bar(path: str) -> Bar:
    def refuse_impersonator(exchange: Exchange, member: Member) -> Response | None:
        if is_open(exchange, member, path):
            return None
        return render_account_page(exchange, member, "impersonated", status=403)

    return refuse_impersonator


def _routes(path: str, show: Handler | None, submit: Handler | None) -> Iterator[Route]:
    address, pages = f"/realms/{{realm}}/account/{path}", _PAGES_WITH_UPLOAD if path in _UPLOADS else PAGES
    if show is not None:
        yield Route(address, pages.endpoint(show), methods=["GET"])
    if submit is not None:
        yield Route(address, pages.endpoint(submit), methods=["POST"])
