"""The addresses of dynamic client registration, as Keycloak has them."""

from starlette.routing import Route

from idp.oidc.failures import answer_unavailable_json, answer_unknown_realm_json
from idp.oidc.registration.failures import answer_registration_failure
from idp.oidc.registration.information import REGISTRATION_PATH
from idp.oidc.registration.management import manage_client
from idp.oidc.registration.register import register_client
from idp.web.bodies import read_json
from idp.web.endpoint import Adapter

REGISTRATIONS = Adapter(
    answer_registration_failure, answer_unknown_realm_json, answer_unavailable_json, read_body=read_json
)
_ENDPOINT = f"/realms/{{realm}}{REGISTRATION_PATH}"


def build_registration_routes() -> list[Route]:
    """Return the routes of registration and management."""
    return [
        Route(_ENDPOINT, REGISTRATIONS.endpoint(register_client), methods=["POST"]),
        Route(f"{_ENDPOINT}/{{client_id}}", REGISTRATIONS.endpoint(manage_client), methods=["GET", "PUT", "DELETE"]),
    ]
