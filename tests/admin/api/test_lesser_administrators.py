"""Every route of what is of our own is closed to whoever has all other permissions, and finds nothing of another realm."""

import pytest

from idp.admin.api import (
    attack_detection,
    authority,
    authority_changes,
    certificates,
    events,
    identity_mappings,
    mail,
    mail_templates,
    realm_operations,
    recovery_requests,
    signing_keys,
    trust_anchors,
    two_factor,
)
from idp.users.management_roles import MANAGEMENT_ROLES, REALM_ADMIN
from tests.admin.api.household import Household

RESOURCES = (
    attack_detection.attack_detection, authority.authority, authority_changes.authority_changes,
    certificates.certificates, events.events, identity_mappings.identity_mappings, mail.mail,
    mail_templates.mail_templates, realm_operations.realm_operations, recovery_requests.recovery_requests,
    signing_keys.signing_keys, trust_anchors.trust_anchors, two_factor.two_factor,
)  # fmt: skip
ROUTES = [
    (next(iter(route.methods)), route.path.removeprefix("/realms/{realm}"), route.endpoint.operation.policy.role)  # type: ignore[attr-defined]
    for resource in RESOURCES
    for route in resource.router.routes
]


def others(role: str) -> list[str]:
    """Return every role that does not hold *role*."""
    return [name for name, parts in MANAGEMENT_ROLES.items() if name not in {role, REALM_ADMIN} and role not in parts]


@pytest.fixture(scope="module")
def tokens(household: Household) -> dict[str, str]:
    """For each role that a route asks for, the token of somebody who has all others."""
    made = {}
    for role in sorted({role for _, _, role in ROUTES}):
        household.world.add_robot("demo", f"all-but-{role}", *others(role))
        made[role] = household.world.sign_in_robot("demo", f"all-but-{role}")
    return made


def test_route_is_closed_without_its_role(household: Household, tokens: dict[str, str]) -> None:
    for method, path, role in ROUTES:
        response = household.world.call(method, f"/realms/demo{path}", tokens[role], json={})
        assert response.status_code == 403, (method, path)


def test_nothing_is_found_by_the_id_of_what_is_not_there(household: Household) -> None:
    household.world.add_robot("demo", "everything", REALM_ADMIN)
    token = household.world.sign_in_robot("demo", "everything")
    bodies = {"/revoke": {"reason": "unspecified"}, "/revocation-lists": {"list": "x"}}
    for method, path, _ in ROUTES:
        if "{" in path:
            filled = path
            for name in ("certificate", "user", "authority", "anchor", "mail", "request"):
                filled = filled.replace(f"{{{name}_id}}", household.stranger)
            filled = filled.replace("{alias}", "x").replace("{template}", "x")
            query = "?reason=x" if method == "DELETE" else ""
            body = next((body for end, body in bodies.items() if path.endswith(end)), {})
            response = household.world.call(method, f"/realms/demo{filled}{query}", token, json=body)
            assert response.status_code == 404, (method, path, response.text)
