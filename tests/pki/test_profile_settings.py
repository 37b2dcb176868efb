"""A realm's certificate profile: read from JSON, held to its rules, and seen in what is issued."""

import json
from typing import Any

import pytest
from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID
from sqlalchemy.orm import Session

from idp.encryption import Cipher
from idp.errors import InvalidInput
from idp.models import CertificateAuthority, Realm, User
from idp.pki.issuance import issue_certificate
from idp.pki.key_pairs import KeyType, PublicKey, create_key_pair, describe_key
from idp.pki.platforms import Platform
from idp.pki.preparation import LintFailed
from idp.pki.profile_settings import ProfileSettings, read_profile_settings
from idp.pki.profiles import change_profile, profile_for
from idp.pki.subject_alternative_names import SMTP_UTF8_MAILBOX, USER_PRINCIPAL_NAME
from tests.clock import FixedClock

P256 = ec.generate_private_key(ec.SECP256R1()).public_key()
CN = {"attribute": "CN", "value": "{name}"}
EVERYTHING: dict[str, Any] = {
    "key_types": ["p384", "rsa3072", "p256", "rsa2048"],
    "subject": [
        {"attribute": "C", "value": "DE"}, {"attribute": "O", "value": "{realm}"},
        {"attribute": "OU", "value": "Team {attribute:team}"}, {"attribute": "OU", "value": "People"},
        {"attribute": "serialNumber", "value": "{attribute:staff}"}, CN,
    ],
    "upn": "{username}@corp.example",
    "uris": ["https://people.example/{username}", "tag:{attribute:team}"],
    "extended_key_usages": ["emailProtection", "smartcardLogon"],
    "key_encipherment": True,
    "policies": [{"oid": "2.16.840.1.101.3.2.1.3.13", "cps": "https://pki.example/cps"}, {"oid": "1.3.6.1.4.1.55555.1"}],
}  # fmt: skip


class Desk:
    """Issues certificates under a profile."""

    def __init__(self, session: Session, cipher: Cipher, clock: FixedClock, user: User) -> None:
        self.session, self.cipher, self.clock, self.user = session, cipher, clock, user
        self.realm = session.get_one(Realm, user.realm_id)

    def issue(self, profile: dict[str, Any], public_key: PublicKey = P256) -> x509.Certificate:
        change_profile(self.realm, json.dumps(profile))
        row = issue_certificate(
            self.session, self.cipher, self.clock, realm=self.realm, user=self.user, public_key=public_key,
            device_name="laptop", platform=Platform("linux"),
        )  # fmt: skip
        return x509.load_der_x509_certificate(row.certificate)


@pytest.fixture
def desk(session: Session, cipher: Cipher, clock: FixedClock, alice: User, authority: CertificateAuthority) -> Desk:
    return Desk(session, cipher, clock, alice)


def test_without_anything_set_a_profile_is_the_default(realm: Realm) -> None:
    """It is what every certificate was before there were profiles."""
    settings = profile_for(realm).settings

    assert settings == ProfileSettings()
    assert settings.key_types == (KeyType.RSA2048, KeyType.P256)
    assert [(part.attribute, part.value) for part in settings.subject] == [("O", "{realm}"), ("CN", "{name}")]


def test_profile_comes_back_as_it_was_given(realm: Realm, session: Session) -> None:
    change_profile(realm, json.dumps(EVERYTHING))
    session.flush()
    session.expire(realm)

    assert realm.certificate_profile == EVERYTHING
    assert profile_for(realm).settings == read_profile_settings(EVERYTHING)


@pytest.mark.parametrize(
    ("values", "field"),
    [
        ({"key_types": []}, "key_types"),
        ({"key_types": ["ed25519"]}, "key_types.0"),
        ({"key_types": ["p256", "p256"]}, "key_types"),
        ({"subject": []}, "subject"),
        ({"subject": [{"attribute": "O", "value": "x"}]}, "profile"),
        ({"subject": [CN, CN]}, "profile"),
        ({"subject": [CN, {"attribute": "C", "value": "DE"}, {"attribute": "C", "value": "FR"}]}, "profile"),
        ({"subject": [{"attribute": "emailAddress", "value": "{email}"}]}, "subject.0.attribute"),
        ({"subject": [{"attribute": "CN", "value": "{password}"}]}, "subject.0.value"),
        ({"subject": [{"attribute": "CN", "value": "{name} }"}]}, "subject.0.value"),
        ({"subject": [{"attribute": "CN", "value": "{attribute:}"}]}, "subject.0.value"),
        ({"upn": "{name}@corp.example"}, "upn"),
        ({"uris": ["{username}"]}, "uris.0"),
        ({"uris": ["urn:uuid:{sub}"]}, "uris.0"),
        ({"uris": ["https://köln.example/"]}, "uris.0"),
        ({"uris": ["https://people.example/{name}"]}, "uris.0"),
        ({"extended_key_usages": ["serverAuth"]}, "extended_key_usages.0"),
        ({"extended_key_usages": ["emailProtection"], "email": False}, "profile"),
        ({"key_types": ["p256"], "brought_key_types": ["p384"], "key_encipherment": True}, "profile"),
        ({"policies": [{"oid": "2.5.29.32.0"}]}, "policies.0.oid"),
        ({"policies": [{"oid": "1.2"}, {"oid": "1.2"}]}, "profile"),
        ({"policies": [{"oid": "1.2.3", "cps": "ldap://x"}]}, "policies.0.cps"),
        ({"lifetime": 3}, "lifetime"),
        ([], "profile"),
        (None, "profile"),
    ],
)
def test_profile_that_does_not_fit_is_refused(values: Any, field: str) -> None:
    """With the place that is wrong."""
    with pytest.raises(InvalidInput) as refused:
        read_profile_settings(values)

    assert list(refused.value.fields) == [field]


def test_all_problems_are_told_at_once_and_nothing_is_changed(realm: Realm) -> None:
    with pytest.raises(InvalidInput) as refused:
        change_profile(realm, '{"key_types": ["dsa"], "policies": [{"oid": "x"}], "colour": "red"}')

    assert set(refused.value.fields) == {"key_types.0", "policies.0.oid", "colour"}
    assert realm.certificate_profile == {}
    with pytest.raises(InvalidInput, match="not JSON"):
        change_profile(realm, "{")


def test_certificate_is_what_the_profile_says(desk: Desk) -> None:
    desk.user.attributes = {"team": ["Räuber & Co"], "staff": ["4711"]}
    certificate = desk.issue(EVERYTHING, create_key_pair(KeyType.RSA2048).public_key())
    find = certificate.extensions.get_extension_for_class

    assert certificate.subject.rfc4514_string() == (
        "CN=alice,2.5.4.5=4711,OU=People,OU=Team Räuber & Co,O=Demo Org,C=DE"
    )
    assert list(find(x509.ExtendedKeyUsage).value) == [
        ExtendedKeyUsageOID.CLIENT_AUTH, ExtendedKeyUsageOID.EMAIL_PROTECTION, ExtendedKeyUsageOID.SMARTCARD_LOGON,
    ]  # fmt: skip
    usage = find(x509.KeyUsage).value
    assert (usage.digital_signature, usage.key_encipherment, usage.key_agreement) == (True, True, False)
    policies = [(p.policy_identifier.dotted_string, p.policy_qualifiers) for p in find(x509.CertificatePolicies).value]
    assert policies == [("2.16.840.1.101.3.2.1.3.13", ["https://pki.example/cps"]), ("1.3.6.1.4.1.55555.1", None)]
    names = list(find(x509.SubjectAlternativeName).value)
    assert names[:2] == [
        x509.UniformResourceIdentifier(f"urn:uuid:{desk.user.id}"),
        x509.RFC822Name("alice@example.org"),
    ]
    assert isinstance(names[2], x509.OtherName)
    assert (names[2].type_id, names[2].value[2:]) == (USER_PRINCIPAL_NAME, b"alice@corp.example")
    assert [name.value for name in names[3:]] == ["https://people.example/alice", "tag:R%C3%A4uber%20%26%20Co"]


def test_what_is_empty_is_left_out(desk: Desk) -> None:
    """No team, no staff number, no verified address: what would name them goes, and the rest stays."""
    desk.user.email_verified = False
    certificate = desk.issue(EVERYTHING)

    assert certificate.subject.rfc4514_string() == "CN=alice,OU=People,O=Demo Org,C=DE"
    names = list(certificate.extensions.get_extension_for_class(x509.SubjectAlternativeName).value)
    assert [getattr(name, "type_id", None) or name.value for name in names] == [
        f"urn:uuid:{desk.user.id}", USER_PRINCIPAL_NAME, "https://people.example/alice",
    ]  # fmt: skip
    usage = certificate.extensions.get_extension_for_class(x509.KeyUsage).value
    assert not usage.key_encipherment  # an elliptic curve key


def test_common_name_is_never_empty(desk: Desk) -> None:
    certificate = desk.issue({"subject": [{"attribute": "CN", "value": "{attribute:title}"}]})
    (common_name,) = certificate.subject.get_attributes_for_oid(NameOID.COMMON_NAME)

    assert common_name.value == desk.user.id


@pytest.mark.parametrize(
    ("attribute", "value"), [("C", "Germany"), ("C", "de"), ("serialNumber", "№ 7"), ("O", "\u202e\x07")]
)
def test_value_that_has_not_its_form_is_left_out(desk: Desk, attribute: str, value: str) -> None:
    desk.user.attributes = {"odd": [value]}
    certificate = desk.issue({"subject": [{"attribute": attribute, "value": "{attribute:odd}"}, CN]})

    assert certificate.subject.rfc4514_string() == "CN=alice"


@pytest.mark.parametrize("username", ["bob@corp.example", "a b", "x\nSAN", "b" * 65])
def test_username_cannot_become_somebody_elses_principal(desk: Desk, username: str) -> None:
    """What would not be one name at that very domain is left out."""
    desk.user.username = username
    names = desk.issue({"upn": "{username}@corp.example"}).extensions.get_extension_for_class(
        x509.SubjectAlternativeName
    )

    assert not [n for n in names.value if isinstance(n, x509.OtherName) and n.type_id != SMTP_UTF8_MAILBOX]


def test_username_cannot_leave_its_place_in_a_uri(desk: Desk) -> None:
    desk.user.username = "../admin?x=1#y"
    names = desk.issue({"uris": ["https://people.example/{username}/home"]}).extensions.get_extension_for_class(
        x509.SubjectAlternativeName
    )

    assert "https://people.example/..%2Fadmin%3Fx%3D1%23y/home" in [name.value for name in names.value]


@pytest.mark.parametrize("key_type", KeyType)
def test_every_kind_of_key_is_made_as_it_is_called(key_type: KeyType) -> None:
    assert describe_key(create_key_pair(key_type).public_key()) == key_type


def test_key_that_the_profile_does_not_have_is_not_certified(desk: Desk) -> None:
    with pytest.raises(LintFailed, match=r"subject_public_key .* p256, which the profile does not have"):
        desk.issue({"key_types": ["rsa2048"], "brought_key_types": ["rsa4096"]})
