"""The claims parameter (OpenID Connect Core section 5.5)."""

import json
from typing import Any
from unittest.mock import patch

import pytest

from idp.clients.client_scopes import publish_scopes
from idp.models import ClientScope, Realm, Role
from idp.storage.transaction import Transaction
from idp.users.role_mappings import give_roles, roles_in_client_scope, take_roles
from tests.oidc.provider import SECRET, Provider, answer_of, decode_claims

ALL = "openid profile email address phone"


def claims_of(provider: Provider, request: Any, **parameters: Any) -> tuple[dict[str, Any], dict[str, Any]]:
    """Return what ID Token and UserInfo say to a request with that claims parameter."""
    text = request if isinstance(request, str) else json.dumps(request)
    tokens = provider.get_tokens(**{"claims": text, **parameters})
    return decode_claims(tokens["id_token"]), provider.userinfo(tokens["access_token"]).json()


def test_single_claims_come_where_they_are_asked_for(signed_in: Provider) -> None:
    """Section 5.5: essential or not, with or without the scope they belong to."""
    request = {
        "userinfo": {"email": {"essential": True}, "nickname": None, "address": {}},
        "id_token": {"given_name": None, "phone_number": {"essential": False}, "auth_time": {"essential": True}},
    }
    id_token, userinfo = claims_of(signed_in, request)
    assert userinfo == {
        "sub": signed_in.user_id, "email": "alice@example.org", "nickname": "Al", "address": {"locality": "Berlin"},
    }  # fmt: skip
    assert (id_token["given_name"], id_token["phone_number"]) == ("Alice", "+49 30 1")
    assert id_token["auth_time"] == int(signed_in.clock.now().timestamp())
    assert not {"email", "nickname", "address", "family_name"}.intersection(id_token)


def test_claims_of_the_scope_come_as_well(signed_in: Provider) -> None:
    """Section 5.5: the parameter adds to what the scope asks for."""
    _, userinfo = claims_of(signed_in, {"userinfo": {"phone_number": None}}, scope="openid email")
    assert userinfo.keys() == {"sub", "email", "email_verified", "phone_number"}


@pytest.mark.parametrize(
    "request_",
    [
        {},
        {"userinfo": None, "id_token": None},
        {"userinfo": {}},
        {
            "unknown": {"email": None},
            "userinfo": {"http://example.info/claims/groups": None, "email#de": None, "": None},
        },
        {"userinfo": {"picture": {"essential": True}, "gender": {"value": "x", "unknown": [1]}}},
        {"userinfo": {"iss": None, "cnf": None, "password_hash": None, "attributes": None, "id": None}},
        {"id_token": {"amr": {"values": [1, None]}}},
    ],
)
def test_what_is_unknown_or_has_no_value_is_left_out(signed_in: Provider, request_: Any) -> None:
    """Section 5.5: it is no error, not even where it is essential (section 5.5.1)."""
    _, userinfo = claims_of(signed_in, request_)
    assert userinfo == {"sub": signed_in.user_id}


def test_client_gets_no_claims_of_scopes_it_is_not_registered_for(signed_in: Provider) -> None:
    """ASVS 5 10.4.11: the parameter is no way around the registration."""
    signed_in.add_client("modest", scope="openid email")
    request = {place: {"email": None, "phone_number": None, "name": None} for place in ("userinfo", "id_token")}
    code = signed_in.get_code(client_id="modest", claims=json.dumps(request), scope="openid")
    tokens = signed_in.exchange_code(code, auth=("modest", SECRET)).json()
    assert signed_in.userinfo(tokens["access_token"]).json().keys() == {"sub", "email"}
    assert not {"phone_number", "name"}.intersection(decode_claims(tokens["id_token"]))
    assert "email" in decode_claims(tokens["id_token"])


def test_certificate_claims_may_be_asked_for_one_by_one(provider: Provider) -> None:
    """They are of the login, not of the account."""
    provider.sign_in_with_certificate()
    request = {"userinfo": {"x5t#S256": None}, "id_token": {"x509_serial": None}}
    id_token, userinfo = claims_of(provider, request)
    assert userinfo == {"sub": provider.user_id, "x5t#S256": "thumb"}
    assert id_token["x509_serial"] == "0a0b"
    assert "x509_subject" not in id_token


def test_claims_last_as_long_as_the_tokens(signed_in: Provider) -> None:
    """Section 12.2: a refreshed token is for what was asked for at first."""
    request = {"userinfo": {"email": None}, "id_token": {"given_name": None}}
    tokens = signed_in.get_tokens(claims=json.dumps(request))
    tokens = signed_in.refresh(tokens["refresh_token"]).json()
    assert signed_in.userinfo(tokens["access_token"]).json().keys() == {"sub", "email"}
    assert decode_claims(tokens["id_token"])["given_name"] == "Alice"


def test_sub_stays_the_persons_own(signed_in: Provider) -> None:
    """A claim called sub, asked for or not, is what the client knows the person by."""
    signed_in.add_client("pair", subject_type="pairwise")
    request = json.dumps({"userinfo": {"sub": None}, "id_token": {"sub": None, "email": None}})
    tokens = signed_in.exchange_code(signed_in.get_code(client_id="pair", claims=request), auth=("pair", SECRET)).json()
    subject = decode_claims(tokens["id_token"])["sub"]
    assert subject != signed_in.user_id
    assert signed_in.userinfo(tokens["access_token"]).json() == {"sub": subject}


def count_statements(act: Any) -> int:
    """Return how many statements *act* costs."""
    with patch.object(Transaction, "_execute", autospec=True, side_effect=Transaction._execute) as executed:
        act()
    return int(executed.call_count)


def test_account_is_looked_up_for_the_id_token_only_where_it_is_asked(signed_in: Provider) -> None:
    """One statement more at the token endpoint, and none at UserInfo or for those who do not ask."""
    asking = json.dumps({"id_token": {"email": None}, "userinfo": {"email": None}})
    plain, claims = signed_in.get_code(), signed_in.get_code(claims=asking)
    signed_in.exchange_code(signed_in.get_code())  # whatever is done once
    costs = [count_statements(lambda code=code: signed_in.exchange_code(code)) for code in (plain, claims)]
    assert costs[1] - costs[0] == 1
    tokens = [signed_in.get_tokens(**more)["access_token"] for more in ({}, {"claims": asking})]
    signed_in.userinfo(tokens[0])
    assert [count_statements(lambda token=token: signed_in.userinfo(token)) for token in tokens] == [1, 1]


def test_value_of_sub_decides_who_may_answer(signed_in: Provider) -> None:
    """Section 5.5.1: no tokens about anybody else; with prompt=none that is login_required."""

    def asking(**conditions: Any) -> str:
        return json.dumps({"id_token": {"sub": conditions}})

    for right in ({"value": signed_in.user_id}, {"values": ["x", signed_in.user_id]}, {"essential": True}):
        assert "code" in answer_of(signed_in.authorize(claims=asking(**right), prompt="none"))
    for wrong in ({"value": "x"}, {"values": ["x", "ü", "\ud800"]}):
        answer = answer_of(signed_in.authorize(claims=asking(**wrong), prompt="none"))
        assert answer["error"] == "login_required"
    assert "/login/password" in signed_in.authorize(claims=asking(value="x")).headers["location"]


def test_claim_of_a_scope_that_takes_a_role_comes_to_nobody_without_it(signed_in: Provider) -> None:
    """Neither with the scope nor around it; with the role as ever, and no more after it was taken."""
    with signed_in.transaction() as session:
        realm = session.get_one(Realm, signed_in.realm_id)
        role = Role(realm_id=realm.id, name="reachable")
        scope = ClientScope(realm_id=realm.id, name="email")
        session.add_all([role, scope])
        session.flush()
        roles_in_client_scope(scope.id).add(session, [role.id])
        publish_scopes(session, realm)
        role_id = role.id
    signed_in.services.realms.clear()
    request = {"id_token": {"email": None, "given_name": None}, "userinfo": {"email": None, "nickname": None}}
    for asked in ("openid", "openid email"):
        id_token, userinfo = claims_of(signed_in, request, scope=asked)
        assert (id_token.get("email"), id_token["given_name"]) == (None, "Alice")
        assert userinfo == {"sub": signed_in.user_id, "nickname": "Al"}

    with signed_in.transaction() as session:
        give_roles(session, signed_in.user_id, [role_id])
    tokens = signed_in.get_tokens(claims=json.dumps(request), scope="openid")
    assert decode_claims(tokens["id_token"])["email"] == "alice@example.org"
    assert signed_in.userinfo(tokens["access_token"]).json()["email"] == "alice@example.org"
    with signed_in.transaction() as session:
        take_roles(session, signed_in.user_id, [role_id])
    assert "email" not in signed_in.userinfo(tokens["access_token"]).json()
    again = signed_in.refresh(tokens["refresh_token"]).json()
    assert "email" not in decode_claims(again["id_token"])
