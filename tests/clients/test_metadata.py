"""What may be registered about a client, and what of it goes together."""

from contextlib import suppress
from dataclasses import fields
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from idp.clients.metadata.document import (
    MEMBERS,
    change_metadata,
    create_metadata,
    describe_metadata,
    read_registration,
    read_text,
    show_texts,
)
from idp.clients.metadata.flows import RESPONSE_TYPES
from idp.clients.metadata.security import ASYMMETRIC_ALGORITHMS, SIGNING_ALGORITHMS
from idp.clients.metadata.values import ClientMetadata
from idp.errors import InvalidInput
from idp.keys import algorithms, public_keys
from idp.models import Client
from idp.oidc import subjects

CALLBACK = "https://app.example.org/callback"
KEYS = {"keys": [{"kty": "OKP", "crv": "Ed25519", "x": "11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo"}]}
JWKS_URI = "https://app.example.org/jwks.json"
JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text() | st.sampled_from([CALLBACK, "code", "ES256"]),
    lambda part: st.lists(part, max_size=3) | st.dictionaries(st.text(), part, max_size=2),
    max_leaves=4,
)
_NOT_METADATA = {
    "manages_realm_id",
    "id",
    "realm_id",
    "client_id",
    "secret_encrypted",
    "registration_token_digest",
    "secret_created_at",
    "rotated_secret_encrypted",
    "rotated_secret_expires_at",
    "created_at",
}


def registered(**document: Any) -> ClientMetadata:
    """Return what a client that says this is registered as."""
    return read_registration({"redirect_uris": [CALLBACK], **document}, ClientMetadata())


def test_every_column_of_a_client_is_metadata_or_its_identity() -> None:
    """A column that nobody could set would be dead."""
    assert {field.name for field in fields(ClientMetadata)} == {
        column.key for column in Client.__table__.columns
    } - _NOT_METADATA
    assert {member.column for member in MEMBERS.values()} == {field.name for field in fields(ClientMetadata)}


def test_lists_are_those_of_the_rooms_that_use_them() -> None:
    """Rooms on one floor do not import one another, so what they have in common is compared here."""
    assert SIGNING_ALGORITHMS == algorithms.ALGORITHMS
    assert ASYMMETRIC_ALGORITHMS == public_keys.ASYMMETRIC_ALGORITHMS
    assert MEMBERS["subject_type"].read(subjects.PAIRWISE) == subjects.PAIRWISE


def test_metadata_survives_the_row() -> None:
    """What is written is what is read, and everything has another value than its default once."""
    metadata = registered(
        contacts=["a@example.org"], default_max_age=0, jwks=KEYS, default_acr_values=["2", "1"], subject_type="pairwise",
        sector_identifier_uri="https://app.example.org/sector", grant_types=["authorization_code", "refresh_token"],
        tls_client_certificate_bound_access_tokens=True, request_uris=["https://app.example.org/r#abc"],
    )  # fmt: skip
    client = Client()
    metadata.write_to(client)

    assert ClientMetadata.of(client) == metadata
    assert client.contacts == ["a@example.org"]  # a list, as the column has it


def test_description_is_read_as_the_same() -> None:
    """Also as text, as the command line shows it."""
    metadata = create_metadata(
        {"redirect_uris": [f"{CALLBACK}?a=1,2", CALLBACK], "token_endpoint_auth_method": "tls_client_auth",
         "tls_client_auth_san_dns": "app.example.org", "resources": ["urn:api:1"], "access_token_lifetime": 60}
    )  # fmt: skip
    typed = {name: read_text(name, text) for name, text in show_texts(metadata).items()}

    assert create_metadata(describe_metadata(metadata)) == metadata
    assert change_metadata(ClientMetadata(), typed) == metadata


def test_administrators_settings_are_not_for_clients() -> None:
    """Neither read from them nor told to them."""
    metadata = registered(first_party=True, enabled=False, mappers=[{}], pkce_required=False)

    assert metadata == registered()
    assert "first_party" not in describe_metadata(metadata, registrable_only=True)


def test_registration_replaces_what_was_said_and_keeps_what_was_decided() -> None:
    """RFC 7592 section 2.2: what is omitted is as if it had never been said."""
    before = ClientMetadata(
        redirect_uris=(CALLBACK,), name="App", tos_uri="https://app.example.org/tos", first_party=True
    )
    after = read_registration({"redirect_uris": [CALLBACK], "client_name": "New"}, before)

    assert (after.name, after.tos_uri, after.first_party) == ("New", "", True)


def test_response_types_follow_the_grants() -> None:
    """RFC 7591 section 2.1: the order of their words means nothing; without any, those that the grant types are for."""
    assert create_metadata({"grant_types": ["client_credentials"]}).response_types == ()
    asked = {"grant_types": ["implicit"], "response_types": ["token id_token"]}
    assert create_metadata(asked).response_types == ("id_token token",)


@pytest.mark.parametrize("name", ["subject_dn", "san_dns", "san_uri", "san_ip", "san_email"])
def test_certificate_has_one_subject(name: str) -> None:
    """RFC 8705 section 2.1.2; null and empty ones are none."""
    member = f"tls_client_auth_{name}"
    others = {
        f"tls_client_auth_{other}": None for other in ("subject_dn", "san_dns", "san_uri", "san_ip") if other != name
    }
    metadata = registered(token_endpoint_auth_method="tls_client_auth", **{member: "x.example"}, **others)

    assert metadata.tls_client_auth_subject == {member: "x.example"}
    assert describe_metadata(metadata)[member] == "x.example"


@pytest.mark.parametrize(
    "document",
    [
        {"token_endpoint_auth_method": "private_key_jwt", "jwks": KEYS},
        {"token_endpoint_auth_method": "private_key_jwt", "jwks_uri": JWKS_URI, "token_endpoint_auth_signing_alg": "PS384"},
        {"token_endpoint_auth_method": "self_signed_tls_client_auth", "jwks": KEYS},
        {"token_endpoint_auth_method": "client_secret_jwt", "token_endpoint_auth_signing_alg": "HS512"},
        {"token_endpoint_auth_signing_alg": "RS256"},  # of a method that signs nothing: it means nothing
        {"request_object_signing_alg": "none"},
        {"request_object_signing_alg": "HS256"},
        {"request_object_signing_alg": "ES256", "require_signed_request_object": True, "jwks": KEYS},
        {"redirect_uris": ["http://127.0.0.1/cb", "com.example.app:/cb", CALLBACK], "application_type": "native"},
        {"redirect_uris": ["http://localhost:3000/cb"]},
        {"redirect_uris": [CALLBACK, "https://app.example.org:8443/x"], "subject_type": "pairwise"},
        {"redirect_uris": [CALLBACK, "https://b.example/x"], "subject_type": "pairwise",
         "sector_identifier_uri": "https://b.example/sector"},
        {"frontchannel_logout_uri": "https://app.example.org:443/logout", "redirect_uris": ["https://APP.example.org/cb"]},
        {"backchannel_logout_uri": "https://elsewhere.example/logout"},
        {"grant_types": ["authorization_code", "implicit"], "response_types": list(RESPONSE_TYPES)},
        {"grant_types": ["urn:ietf:params:oauth:grant-type:device_code"], "redirect_uris": []},
    ],
)  # fmt: skip
def test_what_goes_together_is_accepted(document: dict[str, Any]) -> None:
    """Each of these is what a specification allows."""
    assert document.items() <= describe_metadata(registered(**document)).items()


@pytest.mark.parametrize(
    ("member", "document"),
    [
        ("jwks", {"jwks": KEYS, "jwks_uri": JWKS_URI}),
        ("jwks", {"token_endpoint_auth_method": "private_key_jwt"}),
        ("jwks", {"token_endpoint_auth_method": "self_signed_tls_client_auth"}),
        ("jwks", {"request_object_signing_alg": "PS256"}),
        ("tls_client_auth_subject_dn", {"token_endpoint_auth_method": "tls_client_auth"}),
        ("tls_client_auth_san_ip", {"tls_client_auth_san_ip": "192.0.2.1"}),
        ("token_endpoint_auth_signing_alg",
         {"token_endpoint_auth_method": "private_key_jwt", "jwks": KEYS, "token_endpoint_auth_signing_alg": "HS256"}),
        ("token_endpoint_auth_signing_alg", {"token_endpoint_auth_signing_alg": "none"}),
        ("request_object_signing_alg", {"request_object_signing_alg": "HS256", "token_endpoint_auth_method": "none"}),
        ("request_object_signing_alg", {"request_object_signing_alg": "none", "require_signed_request_object": True}),
        ("response_types", {"response_types": ["code id_token"]}),
        ("response_types", {"grant_types": ["refresh_token"], "response_types": ["code"]}),
        ("grant_types", {"grant_types": ["authorization_code", "implicit"]}),
        ("grant_types", {"response_types": []}),
        ("grant_types", {"token_endpoint_auth_method": "none", "grant_types": ["client_credentials"]}),
        ("redirect_uris", {"redirect_uris": ["com.example.app:/cb"]}),
        ("redirect_uris", {"redirect_uris": ["https://localhost/cb"], "grant_types": ["implicit"], "response_types": ["id_token"]}),
        ("redirect_uris", {"redirect_uris": ["http://[::1]/cb"], "grant_types": ["implicit"], "response_types": ["id_token"]}),
        ("post_logout_redirect_uris", {"post_logout_redirect_uris": ["com.example.app:/bye"]}),
        ("sector_identifier_uri", {"subject_type": "pairwise", "redirect_uris": [CALLBACK, "https://b.example/"]}),
        ("sector_identifier_uri", {"sector_identifier_uri": "http://app.example.org/sector"}),
        ("frontchannel_logout_uri", {"frontchannel_logout_uri": "https://app.example.org:8443/logout"}),
        ("frontchannel_logout_uri", {"frontchannel_logout_uri": "http://app.example.org/logout"}),
        ("frontchannel_logout_uri", {"frontchannel_logout_uri": f"{CALLBACK}#x"}),
        ("backchannel_logout_uri", {"backchannel_logout_uri": f"{CALLBACK}#x"}),
        ("backchannel_logout_uri", {"backchannel_logout_uri": "ftp://app.example.org/"}),
        ("initiate_login_uri", {"initiate_login_uri": "http://localhost/login"}),
        ("default_acr_values", {"default_acr_values": ["a b"]}),
        ("response_modes", {"response_modes": ["web_message"]}),
        ("response_modes", {
            "response_modes": ["query"], "response_types": ["code id_token"],
            "grant_types": ["authorization_code", "implicit"], "redirect_uris": ["https://app.example/cb"],
        }),
        ("userinfo_encrypted_response_alg", {"userinfo_encrypted_response_alg": "RSA-OAEP"}),
        ("request_object_encryption_enc", {"request_object_encryption_enc": "A256GCM"}),
    ],
)  # fmt: skip
def test_what_does_not_go_together_names_the_member(member: str, document: dict[str, Any]) -> None:
    """So that whoever registers knows where to look."""
    with pytest.raises(InvalidInput) as refused:
        registered(**document)

    assert list(refused.value.fields) == [member]


def test_all_problems_are_told_at_once() -> None:
    """Nobody should have to try again for each."""
    with pytest.raises(InvalidInput) as refused:
        registered(client_name=5, contacts="x", subject_type="none")

    assert refused.value.fields.keys() == {"client_name", "contacts", "subject_type"}


@pytest.mark.parametrize("name", sorted(MEMBERS))
@settings(max_examples=30)
@given(value=JSON)
def test_any_value_of_a_member_is_metadata_or_invalid_input(name: str, value: Any) -> None:
    """Whatever a stranger or an administrator sends: never another exception, and what was accepted can be told."""
    for read in (create_metadata, lambda sent: read_registration(sent, ClientMetadata())):
        metadata = None
        with suppress(InvalidInput):
            metadata = read({name: value})
        assert metadata is None or create_metadata(describe_metadata(metadata)) == metadata
