"""openid-client 6 (npm) authenticates in every way there is (OpenID Connect Core section 9, RFC 7523, RFC 8705)."""

from base64 import b64encode, urlsafe_b64encode
from hashlib import sha256
from typing import Any

import pytest
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from joserfc.jwk import ECKey

from tests.browser.demo import RunningDemo
from tests.browser.people import Person
from tests.certificates import Authority, Issued, self_sign
from tests.relying_parties.browser import LiveBrowser
from tests.relying_parties.keys import ALGORITHMS, new_key
from tests.relying_parties.openid_client import NewClient, OpenIDClient
from tests.relying_parties.puppet import Puppet, Refused
from tests.relying_parties.registrations import Registered, register


def use_every_endpoint(client: OpenIDClient, browser: LiveBrowser, person: Person) -> dict[str, Any]:
    """Sign in, ask UserInfo, refresh, introspect, revoke, get a token for the client itself; return the first tokens."""
    answer = browser.sign_in(client.authorization_url(), person.username, person.password)
    first = client.redeem(answer.url)
    assert client.userinfo(first)["sub"] == person.id
    tokens = client.refresh(first["refresh_token"])
    assert tokens["claims"]["sub"] == person.id
    assert tokens["refresh_token"] != first["refresh_token"]
    assert client.introspect(tokens["access_token"])["active"]
    client.revoke(tokens["refresh_token"])
    assert client.introspect(tokens["access_token"]) == {"active": False}
    assert client.introspect(client.credentials()["access_token"])["client_id"] == client.client_id
    return first


@pytest.mark.parametrize("method", ["client_secret_basic", "client_secret_post", "client_secret_jwt"])
def test_client_with_a_secret_authenticates_everywhere(
    new_client: NewClient, browser: LiveBrowser, alice: Person, method: str
) -> None:
    """At the token, introspection and revocation endpoints, with the secret or with what it signs."""
    use_every_endpoint(new_client(method), browser, alice)


@pytest.mark.parametrize("algorithm", ALGORITHMS)
def test_client_with_a_key_authenticates_everywhere(
    new_client: NewClient, browser: LiveBrowser, alice: Person, algorithm: str
) -> None:
    """private_key_jwt, with a new assertion for each request (RFC 7523 section 2.2)."""
    key = new_key(algorithm)
    client = new_client(
        "private_key_jwt",
        jwks={"keys": [key.as_dict(private=False)]},
        options={"key": {"jwk": key.as_dict(private=True), "alg": algorithm}},
    )

    use_every_endpoint(client, browser, alice)


def test_key_of_somebody_else_is_invalid_client(new_client: NewClient) -> None:
    """RFC 7523 section 3: the assertion has to verify under the client's own keys."""
    registered, other = new_key("ES256"), new_key("ES256")
    client = new_client(
        "private_key_jwt",
        jwks={"keys": [registered.as_dict(private=False)]},
        options={"key": {"jwk": {**other.as_dict(private=True), "kid": registered.kid}, "alg": "ES256"}},
    )

    with pytest.raises(Refused) as refused:
        client.credentials()

    assert refused.value.status == 401


def with_certificate(provider: RunningDemo, issued: Issued) -> dict[str, Any]:
    """Return the library's options for connections that show a certificate, at the addresses where one is asked for."""
    tls = {"certificate": issued.chain_pem, "key": issued.key_pem, "authority": provider.folder.tls.root.read_text()}
    return {"tls": tls, "metadata": {"use_mtls_endpoint_aliases": True}}


def test_client_with_a_certificate_authenticates_everywhere(
    new_client: NewClient, provider: RunningDemo, partner: Authority, browser: LiveBrowser, alice: Person
) -> None:
    """tls_client_auth: by the subject that is registered (RFC 8705 section 2.1), and with tokens bound to it (section 3)."""
    issued = partner.issue("partner-application")
    client = new_client(
        "tls_client_auth",
        tls_client_auth_subject_dn=issued.certificate.subject.rfc4514_string(),
        tls_client_certificate_bound_access_tokens=True,
        options=with_certificate(provider, issued),
    )

    use_every_endpoint(client, browser, alice)

    token = client.credentials()["access_token"]
    assert client.introspect(token)["cnf"]["x5t#S256"] == thumbprint(issued)


def test_client_with_a_certificate_of_its_own_authenticates_everywhere(
    new_client: NewClient, provider: RunningDemo, browser: LiveBrowser, alice: Person
) -> None:
    """self_signed_tls_client_auth: by the certificate in the client's key set (RFC 8705 section 2.2)."""
    issued = self_sign("application")
    client = new_client(
        "self_signed_tls_client_auth",
        jwks={"keys": [key_of(issued)]},
        options=with_certificate(provider, issued),
    )

    use_every_endpoint(client, browser, alice)


def test_certificate_with_another_subject_is_invalid_client(
    new_client: NewClient, provider: RunningDemo, partner: Authority
) -> None:
    """RFC 8705 section 2.1: the authority is the right one, the application is not."""
    client = new_client(
        "tls_client_auth",
        tls_client_auth_subject_dn="CN=another-application",
        options=with_certificate(provider, partner.issue("partner-application")),
    )

    with pytest.raises(Refused) as refused:
        client.credentials()

    assert refused.value.status == 401


def thumbprint(issued: Issued) -> str:
    """Return the certificate's `x5t#S256` (RFC 8705 section 3.1)."""
    return urlsafe_b64encode(sha256(issued.der).digest()).rstrip(b"=").decode()


def key_of(issued: Issued) -> dict[str, Any]:
    """Return the certificate's key as a client publishes it, with the certificate in `x5c`."""
    public = issued.key.public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo)
    return {**ECKey.import_key(public).as_dict(private=False), "x5c": [b64encode(issued.der).decode()]}


def test_wrong_secret_is_invalid_client(openid_client: Puppet, provider: RunningDemo) -> None:
    """RFC 6749 section 5.2, with the challenge that the library reads."""
    registered = register(provider.services)
    client = OpenIDClient(openid_client, provider, Registered(registered.client_id, "another secret"))

    with pytest.raises(Refused) as refused:
        client.credentials()

    assert refused.value.name == "WWWAuthenticateChallengeError"
    assert refused.value.status == 401
