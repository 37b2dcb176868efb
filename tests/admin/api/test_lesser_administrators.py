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


def test_who_has_a_role_is_told_to_who_sees_people(household: Household) -> None:
    world = household.world
    world.add_robot("demo", "sees-realm", "view-realm", "view-clients")
    token = world.sign_in_robot("demo", "sees-realm")
    management = world.client_row_id("demo", "realm-management")
    for path in ("roles/default-roles-demo", f"clients/{management}/roles/realm-admin"):
        for members in ("users", "groups"):
            response = world.call("GET", f"/realms/demo/{path}/{members}", token)
            assert response.status_code in {403, 404}, response.text
    assert world.call("GET", f"/realms/demo/clients/{management}/roles/realm-admin/users", token).status_code == 403


def test_brake_and_mails_of_a_stronger_account_are_not_a_lesser_administrators(household: Household) -> None:
    """Whoever could forget each failure could guess for ever."""
    world = household.world
    strong = world.add_person("demo", "strong", REALM_ADMIN, email="strong@example.org")
    world.add_robot("demo", "manages-people", "manage-users")
    token = world.sign_in_robot("demo", "manages-people")
    brake = "/realms/demo/attack-detection/brute-force/users"
    assert world.call("DELETE", f"{brake}/{strong}", token).status_code == 403
    mail = f"/realms/demo/users/{strong}/execute-actions-email"
    assert world.call("PUT", mail, token, json=["UPDATE_PASSWORD"]).status_code == 403
    for number in range(40):
        world.token("demo", grant_type="password", username="strong", password=f"wrong {number}")
        assert world.call("DELETE", brake, token).status_code == 204
    assert world.call("GET", f"{brake}/{strong}", token).json()["disabled"]


def test_role_that_gives_more_is_neither_changed_nor_composed(household: Household) -> None:
    world = household.world
    world.add_robot("demo", "boss", REALM_ADMIN)
    world.add_robot("demo", "manages-realm", "manage-realm")
    boss, token = world.sign_in_robot("demo", "boss"), world.sign_in_robot("demo", "manages-realm")
    for name in ("strong-role", "harmless"):
        assert world.call("POST", "/realms/demo/roles", boss, json={"name": name}).status_code == 201
    management = world.client_row_id("demo", "realm-management")
    part = world.call("GET", f"/realms/demo/clients/{management}/roles/{REALM_ADMIN}", boss).json()
    path = "/realms/demo/roles/strong-role"
    assert world.call("POST", f"{path}/composites", boss, json=[part]).status_code == 204
    harmless = world.call("GET", "/realms/demo/roles/harmless", boss).json()
    for method, below, body in (
        ("PUT", "", {"name": "weak"}),
        ("POST", "/composites", [harmless]),
        ("DELETE", "/composites", [part]),
    ):
        assert world.call(method, f"{path}{below}", token, json=body).status_code == 403, (method, below)


def test_condition_that_no_tag_can_meet_is_refused(household: Household) -> None:
    """Of a thing without a tag, and of one with another."""
    world = household.world
    world.add_robot("demo", "conditional", REALM_ADMIN)
    token = world.sign_in_robot("demo", "conditional")
    person = world.add_person("demo", "conditioned")
    stale = {"if-match": '"stale"'}
    for path, body in (
        ("certificate-authority/profile", {}),
        (f"users/{person}/reset-password", {"value": "another long password"}),
    ):
        assert world.call("PUT", f"/realms/demo/{path}", token, json=body, headers=stale).status_code == 412
    profile = world.call("GET", "/realms/demo/certificate-authority/profile", token)
    seen = {"if-match": profile.headers["etag"]}
    path = "/realms/demo/certificate-authority/profile"
    assert world.call("PUT", path, token, json=profile.json(), headers=seen).status_code == 204
