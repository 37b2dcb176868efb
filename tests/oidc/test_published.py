"""Discovery and JWKS."""

from authlib.oauth2.rfc9207 import AuthorizationServerMetadata as IssuerMetadata
from authlib.oidc.discovery import OpenIDProviderMetadata
from sqlalchemy import event

from tests.oidc.provider import ISSUER, URL, Provider

WELL_KNOWN = "/realms/demo/.well-known/openid-configuration"


def test_metadata_is_valid_and_true(signed_in: Provider) -> None:
    """OpenID Connect Discovery section 3; every endpoint it names answers."""
    response = signed_in.http.get(WELL_KNOWN)
    metadata = response.json()
    OpenIDProviderMetadata(metadata).validate(metadata_classes=[IssuerMetadata])
    assert metadata["issuer"] == ISSUER
    for name, address in metadata.items():
        if name.endswith(("_endpoint", "_uri")):
            assert address.startswith((f"{ISSUER}/protocol/openid-connect/", f"{ISSUER}/clients-registrations/"))
            assert signed_in.http.get(address.removeprefix(URL)).status_code in {200, 400, 401, 405}
    for scope in metadata["scopes_supported"]:
        assert scope in signed_in.get_tokens(scope=f"openid {scope}")["scope"].split()
    for mode in metadata["response_modes_supported"]:
        assert signed_in.authorize(response_mode=mode).status_code in {200, 303}


def test_acr_2_is_named_only_where_it_can_be_had(provider: Provider) -> None:
    """The metadata says only what is true."""
    assert provider.http.get(WELL_KNOWN).json()["acr_values_supported"] == ["1", "2"]
    provider.change_realm(certificate_policy="off")
    assert provider.http.get(WELL_KNOWN).json()["acr_values_supported"] == ["1"]


def test_documents_have_entity_tags_and_are_for_everybody(provider: Provider) -> None:
    """RFC 9110 section 13.1.2: nothing is sent again to whoever has it."""
    for path in (WELL_KNOWN, provider.path("certs")):
        response = provider.http.get(path, headers={"origin": "https://anywhere.example"})
        assert response.status_code == 200
        assert response.headers["content-type"] == "application/json"
        assert response.headers["access-control-allow-origin"] == "*"
        assert response.headers["cache-control"].startswith("public, max-age=")
        tag = response.headers["etag"]
        for sent in (tag, f"W/{tag}", f'"x", {tag}', "*"):
            again = provider.http.get(path, headers={"if-none-match": sent})
            assert (again.status_code, again.content, again.headers["etag"]) == (304, b"", tag)
        assert provider.http.get(path, headers={"if-none-match": '"x"'}).status_code == 200
        assert provider.http.head(path).headers["content-length"] == str(len(response.content))


def test_jwks_holds_public_keys_alone(provider: Provider) -> None:
    """For each algorithm the key that signs and the next (RFC 7517 section 9.2); never a private member."""
    keys = provider.http.get(provider.path("certs")).json()["keys"]
    algorithms = provider.http.get(WELL_KNOWN).json()["id_token_signing_alg_values_supported"]
    assert sorted(algorithms) == ["ES256", "EdDSA", "PS256", "RS256"]
    assert sorted(key["alg"] for key in keys) == sorted([*algorithms, *algorithms])
    assert len({key["kid"] for key in keys}) == len(keys)
    for key in keys:
        assert key.keys() <= {"kty", "n", "e", "crv", "x", "y", "alg", "use", "kid"}


def test_warm_documents_need_neither_thread_nor_database(provider: Provider, monkeypatch) -> None:
    """The budget's reason."""
    paths = (WELL_KNOWN, provider.path("certs"))
    for path in paths:
        provider.http.get(path)

    async def refuse(*_: object) -> None:
        raise AssertionError("not from memory")

    monkeypatch.setattr(provider.services.threads, "run", refuse)
    event.listen(provider.services.database.engine, "before_cursor_execute", refuse)
    for path in paths:
        assert provider.http.get(path).status_code == 200


def test_unknown_realm_has_no_documents(provider: Provider) -> None:
    """404, as JSON."""
    for path in ("/realms/nowhere/.well-known/openid-configuration", provider.path("certs", realm="nowhere")):
        response = provider.http.get(path)
        assert (response.status_code, response.json()["error"]) == (404, "not_found")


def test_metadata_is_at_the_addresses_of_rfc_8414(provider: Provider) -> None:
    """RFC 8414 section 3.1: the well-known part before the issuer's path, and behind it as Keycloak has it."""
    document = provider.http.get("/realms/demo/.well-known/openid-configuration").json()
    for path in (
        "/.well-known/oauth-authorization-server/realms/demo",
        "/realms/demo/.well-known/oauth-authorization-server",
    ):
        response = provider.http.get(path)
        assert (response.status_code, response.json()) == (200, document)
        assert response.json()["issuer"] == ISSUER
    assert provider.http.get("/.well-known/oauth-authorization-server/realms/nowhere").status_code == 404
