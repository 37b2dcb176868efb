"""Protocol mappers: attributes, properties, roles, groups, audiences and fixed values, in each kind of token."""

from typing import Any

import pytest
from sqlalchemy import insert

from idp.clients.mappers import (
    ATTRIBUTE,
    AUDIENCE,
    CLIENT_ROLE,
    GROUP,
    HARD_CODED,
    PROPERTY,
    REALM_ROLE,
    verify_mappers,
)
from idp.errors import InvalidInput
from idp.models import COMPOSITE_ROLE, MEMBER_OF_GROUP, ROLE_OF_GROUP, ROLE_OF_USER, Client, Group, Role
from tests.oidc.provider import ISSUER, SECRET, Provider, decode_claims

EVERYWHERE = {"id.token.claim": "true", "access.token.claim": "true", "userinfo.token.claim": "true"}


def mapper(kind: str, name: str = "", **config: str) -> dict[str, Any]:
    settings = {key.replace("__", "."): value for key, value in config.items()}
    return {"name": name or kind, "protocolMapper": kind, "config": {**EVERYWHERE, **settings}}


def claims_of(provider: Provider, *mappers: dict[str, Any]) -> dict[str, dict[str, Any]]:
    """Return what the three places say for a client with these mappers."""
    provider.add_client("mapped", mappers=verify_mappers(list(mappers)), scope="openid reports")
    code = provider.get_code(client_id="mapped", scope="openid")
    tokens = provider.exchange_code(code, auth=("mapped", SECRET)).json()
    return {
        "id_token": decode_claims(tokens["id_token"]),
        "access_token": decode_claims(tokens["access_token"]),
        "userinfo": provider.userinfo(tokens["access_token"]).json(),
    }


def grant_roles(provider: Provider) -> None:
    """Give alice roles of every kind: her own, one of a group's parent, one inside a composite with a circle."""
    with provider.transaction() as session:
        app = session.query(Client).filter(Client.client_id == "app").one()
        roles = {name: Role(realm_id=provider.realm_id, name=name) for name in ("own", "inherited", "outer", "inner")}
        roles["of-app"] = Role(realm_id=provider.realm_id, client_id=app.id, name="of-app")
        staff = Group(realm_id=provider.realm_id, name="staff")
        session.add_all([*roles.values(), staff])
        session.flush()
        support = Group(realm_id=provider.realm_id, name="support", parent_id=staff.id)
        session.add(support)
        session.flush()
        user = provider.user_id
        for name in ("own", "of-app", "outer"):
            session.execute(insert(ROLE_OF_USER).values(user_id=user, role_id=roles[name].id))
        session.execute(insert(MEMBER_OF_GROUP).values(user_id=user, group_id=support.id))
        session.execute(insert(ROLE_OF_GROUP).values(group_id=staff.id, role_id=roles["inherited"].id))
        for one, other in (("outer", "inner"), ("inner", "outer")):
            session.execute(insert(COMPOSITE_ROLE).values(role_id=roles[one].id, child_id=roles[other].id))


def test_attributes_and_properties_are_written_as_told(signed_in: Provider) -> None:
    """One value or all, nested by dots, of the JSON type that is named."""
    claims = claims_of(
        signed_in,
        mapper(ATTRIBUTE, "town", user__attribute="locality", claim__name="place.town"),
        mapper(ATTRIBUTE, "all", user__attribute="nickname", claim__name="nick\\.names", multivalued="true"),
        mapper(ATTRIBUTE, "absent", user__attribute="absent", claim__name="absent"),
        mapper(ATTRIBUTE, "no number", user__attribute="locality", claim__name="number", jsonType__label="int"),
        mapper(PROPERTY, "mail", user__attribute="email", claim__name="place.mail"),
        mapper(HARD_CODED, "level", claim__name="level", claim__value="7", jsonType__label="long"),
        mapper(HARD_CODED, "flags", claim__name="flags", claim__value='{"a":[1]}', jsonType__label="JSON"),
    )
    for place in claims.values():
        assert place["place"] == {"town": "Berlin", "mail": "alice@example.org"}
        assert place["nick.names"] == ["Al"]
        assert (place["level"], place["flags"]) == (7, {"a": [1]})
        assert place.keys().isdisjoint({"absent", "number"})


@pytest.mark.every_database
def test_roles_and_groups_are_followed(signed_in: Provider) -> None:
    """Own roles, those of groups above, composites with a circle; group paths, long and short."""
    grant_roles(signed_in)
    claims = claims_of(
        signed_in,
        mapper(REALM_ROLE, claim__name="realm_access.roles"),
        mapper(CLIENT_ROLE, claim__name="app_roles", usermodel__clientRoleMapping__clientId="app"),
        mapper(CLIENT_ROLE, "none", claim__name="other_roles", usermodel__clientRoleMapping__clientId="other"),
        mapper(GROUP, claim__name="groups"),
        mapper(GROUP, "short", claim__name="teams", full__path="false"),
    )
    for place in claims.values():
        assert place["realm_access"] == {"roles": ["inherited", "inner", "outer", "own"]}
        assert place["app_roles"] == ["of-app"]
        assert "other_roles" not in place
        assert (place["groups"], place["teams"]) == (["/staff/support"], ["support"])


def test_mapper_writes_only_where_it_is_told_to(signed_in: Provider) -> None:
    """Each of the three places has a switch of its own."""
    value = mapper(HARD_CODED, claim__name="here", claim__value="x")
    value["config"] |= {"id.token.claim": "false", "userinfo.token.claim": "false"}
    claims = claims_of(signed_in, value)
    assert [place for place, says in claims.items() if "here" in says] == ["access_token"]


def test_audience_is_added_to_the_access_token(signed_in: Provider) -> None:
    """The default audience stays, so that the token is still good at UserInfo."""
    value = mapper(AUDIENCE, included__client__audience="api")
    value["config"]["id.token.claim"] = "false"
    claims = claims_of(signed_in, value)
    assert claims["access_token"]["aud"] == [ISSUER, "api"]
    assert claims["id_token"]["aud"] == "mapped"


def test_client_without_a_person_gets_fixed_values_alone(signed_in: Provider) -> None:
    """client_credentials: there are no attributes, roles or groups to tell."""
    mappers = verify_mappers(
        [
            mapper(HARD_CODED, claim__name="kind", claim__value="robot"),
            mapper(REALM_ROLE, claim__name="roles"),
            mapper(ATTRIBUTE, user__attribute="locality", claim__name="town"),
        ]
    )
    signed_in.add_client("robot", mappers=mappers, grant_types=["client_credentials"])
    token = signed_in.token(grant_type="client_credentials", auth=("robot", SECRET)).json()["access_token"]
    claims = decode_claims(token)
    assert claims["kind"] == "robot"
    assert claims.keys().isdisjoint({"roles", "town"})


@pytest.mark.parametrize(
    "value",
    [
        "x",
        [1],
        [{}],
        [{"name": "n", "protocolMapper": "oidc-script-based-protocol-mapper", "config": {}}],
        [{"name": "n", "protocolMapper": HARD_CODED, "config": {"claim.name": "x"}}],
        [{"name": "n", "protocolMapper": HARD_CODED, "config": {"claim.name": "x", "claim.value": 5}}],
        [{"name": "n" * 300, "protocolMapper": AUDIENCE, "config": {"included.custom.audience": "x"}}],
        [{"name": "n", "protocolMapper": AUDIENCE, "config": {}}],
        [mapper(PROPERTY, user__attribute="password_hash", claim__name="x")],
        [mapper(HARD_CODED, claim__name="x", claim__value="1", jsonType__label="script")],
        [mapper(HARD_CODED, claim__name="x..y", claim__value="1")],
        [mapper(HARD_CODED, claim__name="x", claim__value="1")] * 2,
        [mapper(HARD_CODED, str(n), claim__name="x", claim__value="1") for n in range(51)],
        *([mapper(HARD_CODED, claim__name=name, claim__value="1")] for name in ("sub", "iss", "acr", "amr", "cnf.jkt")),
    ],
)
def test_wrong_mapper_is_refused(value: Any) -> None:
    """Unknown kinds, missing settings, and claims that the protocol gives a meaning."""
    with pytest.raises(InvalidInput):
        verify_mappers(value)
