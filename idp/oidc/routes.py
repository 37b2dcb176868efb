"""The protocol's addresses, as Keycloak has them."""

from starlette.routing import Route

from idp.login.failures import answer_unavailable_page, answer_unknown_realm_page
from idp.oidc import authorization, cors, end_session, published, session_frames
from idp.oidc.application_link import APPLICATION_PATH, open_application
from idp.oidc.device import pages as device
from idp.oidc.failures import (
    answer_authorization_failure,
    answer_json_failure,
    answer_unavailable_json,
    answer_unknown_realm_json,
)
from idp.oidc.provider import build_provider
from idp.oidc.pushed_authorization import ENDPOINT_NAME as PUSHED_AUTHORIZATION
from idp.oidc.registration.routes import build_registration_routes
from idp.oidc.token import build_client_handler, build_token_handler
from idp.oidc.userinfo import userinfo
from idp.web.endpoint import Adapter, Handler

PAGES = Adapter(answer_authorization_failure, answer_unknown_realm_page, answer_unavailable_page)
PROGRAMS = Adapter(answer_json_failure, answer_unknown_realm_json, answer_unavailable_json)
_REALM = "/realms/{realm}"
_PROTOCOL = f"{_REALM}/protocol/openid-connect"


def build_routes() -> list[Route]:
    """Return the routes of the protocol."""
    return [
        *_build_page_routes(),
        *build_program_routes(),
        *build_registration_routes(),
        *_build_document_routes(),
    ]


def _build_page_routes() -> list[Route]:
    both = ["GET", "POST"]
    return [
        Route(f"{_PROTOCOL}/auth", PAGES.endpoint(authorization.authorize), methods=both),
        Route(f"{_PROTOCOL}/auth/continue", PAGES.endpoint(authorization.continue_authorization), methods=["GET"]),
        Route(f"{_REALM}{device.VERIFICATION_PATH}", PAGES.endpoint(device.show_user_code), methods=["GET"]),
        Route(f"{_REALM}{device.VERIFICATION_PATH}", PAGES.endpoint(device.submit_user_code), methods=["POST"]),
        Route(f"{_REALM}{device.CONTINUE_PATH}", PAGES.endpoint(device.continue_device), methods=["GET"]),
        Route(f"{_REALM}{device.DECISION_PATH}", PAGES.endpoint(device.submit_decision), methods=["POST"]),
        Route(f"{_REALM}{APPLICATION_PATH}", PAGES.endpoint(open_application), methods=["GET"]),
        Route(f"{_PROTOCOL}/logout", PAGES.endpoint(end_session.logout), methods=both),
        Route(f"{_REALM}{end_session.CONFIRM_PATH}", PAGES.endpoint(end_session.confirm_logout), methods=["POST"]),
        *_build_frame_routes(),
    ]


def _build_frame_routes() -> list[Route]:
    frames = {
        "login-status-iframe.html": session_frames.show_session_iframe,
        "login-status-iframe.html/init": session_frames.answer_whether_origin_may_ask,
        "3p-cookies/step1.html": session_frames.show_first_cookie_step,
        "3p-cookies/step2.html": session_frames.show_second_cookie_step,
    }
    return [Route(f"{_PROTOCOL}/{name}", PAGES.endpoint(show), methods=["GET"]) for name, show in frames.items()]


def build_program_routes() -> list[Route]:
    """Return the routes that programs use, with a provider of their own."""
    provider = build_provider()
    return [
        *_readable(f"{_PROTOCOL}/token", build_token_handler(provider), ["POST"]),
        *_readable(f"{_PROTOCOL}/userinfo", userinfo, ["GET", "POST"]),
        *_readable(f"{_PROTOCOL}/revoke", build_client_handler(provider, "revocation"), ["POST"]),
        *_readable(f"{_PROTOCOL}/auth/device", build_client_handler(provider, "device_authorization"), ["POST"]),
        *_readable(f"{_PROTOCOL}/ext/par/request", build_client_handler(provider, PUSHED_AUTHORIZATION), ["POST"]),
        Route(
            f"{_PROTOCOL}/token/introspect",
            PROGRAMS.endpoint(build_client_handler(provider, "introspection")),
            methods=["POST"],
        ),
    ]


def _build_document_routes() -> list[Route]:
    return [
        Route(f"{_REALM}/.well-known/openid-configuration", published.answer_metadata, methods=["GET"]),
        # RFC 8414 section 3.1 puts the well-known part before the issuer's path; Keycloak also has it behind.
        Route(f"/.well-known/oauth-authorization-server{_REALM}", published.answer_metadata, methods=["GET"]),
        Route(f"{_REALM}/.well-known/oauth-authorization-server", published.answer_metadata, methods=["GET"]),
        Route(f"{_PROTOCOL}/certs", published.answer_jwks, methods=["GET"]),
    ]


def _readable(path: str, handler: Handler, methods: list[str]) -> list[Route]:
    """Return the routes of an endpoint that pages of registered origins may use."""
    return [
        Route(path, PROGRAMS.endpoint(handler), methods=methods),
        Route(path, cors.answer_preflight, methods=["OPTIONS"]),
    ]
