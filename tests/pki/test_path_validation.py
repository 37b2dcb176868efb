"""Every reason to reject a certificate, and the certificates that pass."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta

import pytest
from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding
from cryptography.x509.oid import ExtendedKeyUsageOID, ExtensionOID
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from idp.pki.path_validation import verify_client_certificate
from idp.pki.rejections import (
    CertificateExpired,
    CertificateNotYetValid,
    CertificateRejected,
    MalformedCertificate,
    UntrustedIssuer,
    WeakKey,
    WrongUsage,
)
from idp.pki.trust import TrustStore, build_trust_store
from tests.certificates import (
    CLIENT_AUTH,
    DAY,
    SERVER_AUTH,
    Authority,
    Issued,
    create_long_chain,
    ec_key,
    ed25519_key,
    rsa_key,
    self_sign,
)

UNKNOWN_EXTENSION = x509.UnrecognizedExtension(x509.ObjectIdentifier("1.3.6.1.4.1.99999.1"), b"\x05\x00")


def _verify(
    leaf: Issued, trust: TrustStore, now: datetime | None = None, intermediates: tuple[bytes, ...] = ()
) -> None:
    validated = verify_client_certificate(leaf.der, intermediates, trust, now or datetime.now(UTC))
    assert validated.certificate == leaf.certificate
    assert validated.path[-1] in trust.roots


@pytest.mark.parametrize("key", [rsa_key, ec_key, lambda: ec_key(ec.SECP384R1()), lambda: ec_key(ec.SECP521R1())])
def test_good_certificate_passes(
    issuing: Authority, trust: TrustStore, key: Callable[[], ec.EllipticCurvePrivateKey]
) -> None:
    """RSA and the NIST curves, with the path up to the root."""
    _verify(issuing.issue("alice", key=key()), trust)


@pytest.mark.parametrize("names", [None, [], [x509.UniformResourceIdentifier("urn:uuid:1")]])
def test_alternative_name_is_optional(
    issuing: Authority, trust: TrustStore, names: list[x509.GeneralName] | None
) -> None:
    """Certificates of other authorities may lack what ours have."""
    _verify(issuing.issue("alice", names=names), trust)


def test_non_critical_unknown_extension_is_ignored(issuing: Authority, trust: TrustStore) -> None:
    """RFC 5280 section 4.2 says so."""
    _verify(issuing.issue("alice", extensions=[(UNKNOWN_EXTENSION, False)]), trust)


def test_intermediates_of_the_browser_help_and_junk_among_them_does_no_harm(
    root: Authority, issuing: Authority
) -> None:
    """A path may go over certificates that only the browser has, up to a pinned root."""
    trust = build_trust_store("realm", (root.certificate,), ())
    leaf = issuing.issue("alice")
    with pytest.raises(UntrustedIssuer):
        _verify(leaf, trust)
    _verify(leaf, trust, intermediates=(b"junk", *leaf.chain_der))


def test_number_of_intermediates_is_bounded(root: Authority, issuing: Authority) -> None:
    """Nobody makes the path builder work through a heap."""
    trust = build_trust_store("realm", (root.certificate,), ())
    leaf = issuing.issue("alice")
    with pytest.raises(UntrustedIssuer):
        _verify(leaf, trust, intermediates=(b"junk",) * 50 + leaf.chain_der)


def test_path_that_is_too_long_is_refused() -> None:
    """Three authorities below the root are enough for everybody."""
    for length, passes in ((3, True), (4, False)):
        root, leaf = create_long_chain(length)
        trust = build_trust_store("realm", (root.certificate,), ())
        if passes:
            _verify(leaf, trust, intermediates=leaf.chain_der)
        else:
            with pytest.raises(UntrustedIssuer):
                _verify(leaf, trust, intermediates=leaf.chain_der)


@pytest.mark.parametrize(
    "data", [b"", b"\x30", b"\x30\x03\x02\x01\x00", b"-----BEGIN CERTIFICATE-----", bytes(100), b"\x30\x82" * 9000]
)
def test_what_is_no_certificate_is_malformed(trust: TrustStore, now: datetime, data: bytes) -> None:
    """There is nothing to show of it."""
    with pytest.raises(MalformedCertificate) as caught:
        verify_client_certificate(data, (), trust, now)
    assert caught.value.presented is None


def test_unreadable_extension_is_malformed_and_shown(issuing: Authority, trust: TrustStore, now: datetime) -> None:
    """The names can be read, so the page can show them."""
    broken = x509.UnrecognizedExtension(ExtensionOID.NAME_CONSTRAINTS, b"\xff\xff")
    with pytest.raises(MalformedCertificate) as caught:
        verify_client_certificate(issuing.issue("alice", extensions=[(broken, False)]).der, (), trust, now)
    assert caught.value.presented is not None
    assert caught.value.presented.subject == "CN=alice"


@settings(max_examples=150, suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
@given(position=st.integers(0, 10_000), value=st.integers(0, 255))
@pytest.mark.filterwarnings("ignore")
def test_one_changed_octet_never_passes(issuing: Authority, trust: TrustStore, position: int, value: int) -> None:
    """Whatever is changed, the certificate is rejected with a reason and nothing else is raised."""
    data = bytearray(issuing.issue("alice").der)
    position %= len(data)
    if data[position] == value:
        return
    data[position] = value
    with pytest.raises(CertificateRejected):
        verify_client_certificate(bytes(data), (), trust, datetime.now(UTC))


def test_foreign_and_self_signed_certificates_are_untrusted(trust: TrustStore) -> None:
    """Also where they are expired: that they are not ours is what the person has to know."""
    for leaf in (
        Authority.create("Other").create_intermediate().issue("alice"),
        Authority.create("Other").issue("alice", not_before=-60 * DAY, not_after=-30 * DAY),
        self_sign("alice"),
        self_sign("Test Root"),
        self_sign("Test Issuing"),
    ):
        with pytest.raises(UntrustedIssuer) as caught:
            _verify(leaf, trust, intermediates=leaf.chain_der)
        assert caught.value.presented is not None
        assert caught.value.presented.fingerprint


def test_authority_with_the_same_name_and_another_key_is_untrusted(
    trust: TrustStore, root: Authority, issuing: Authority
) -> None:
    """Trust belongs to a key, not to a name: on neither level does a double help."""
    double_root = Authority.create("Test Root")
    double_issuing = double_root.create_intermediate("Test Issuing")
    for leaf in (double_issuing.issue("alice"), double_root.issue("alice")):
        with pytest.raises(UntrustedIssuer):
            _verify(leaf, trust, intermediates=(*leaf.chain_der, double_root.der))
    _verify(issuing.issue("alice"), trust, intermediates=(double_issuing.der, double_root.der))


def test_two_generations_with_one_name_are_both_trusted(root: Authority) -> None:
    """After a roll-over that kept the name, certificates of both keys pass."""
    old, new = root.create_intermediate("Same"), root.create_intermediate("Same")
    trust = build_trust_store("realm", (root.certificate,), (old.certificate, new.certificate))
    _verify(old.issue("alice"), trust)
    _verify(new.issue("alice"), trust)


def test_realm_without_authorities_trusts_nobody(issuing: Authority) -> None:
    """An empty store is no open door."""
    with pytest.raises(UntrustedIssuer):
        _verify(issuing.issue("alice"), build_trust_store("realm", (), ()))


def test_certificate_signed_by_an_end_entity_is_untrusted(trust: TrustStore, issuing: Authority) -> None:
    """A person's key makes no authority."""
    alice = issuing.issue("alice")
    mallory = Authority(alice.certificate, alice.key, alice.chain, is_root=False).issue("mallory")
    with pytest.raises(UntrustedIssuer):
        _verify(mallory, trust, intermediates=mallory.chain_der)


def test_expired_certificate_of_ours_is_expired(issuing: Authority, trust: TrustStore) -> None:
    """And tells since when."""
    leaf = issuing.issue("alice", not_before=-1 * DAY, not_after=timedelta(seconds=-5))
    with pytest.raises(CertificateExpired) as caught:
        _verify(leaf, trust)
    assert caught.value.presented is not None
    assert caught.value.presented.not_after == leaf.certificate.not_valid_after_utc


def test_validity_includes_its_last_second(issuing: Authority, trust: TrustStore) -> None:
    """RFC 5280 section 4.1.2.5."""
    leaf = issuing.issue("alice")
    ends = leaf.certificate.not_valid_after_utc
    _verify(leaf, trust, ends)
    with pytest.raises(CertificateExpired):
        _verify(leaf, trust, ends + timedelta(seconds=1))


def test_certificate_of_ours_stays_expired_after_its_authority_is(issuing: Authority, trust: TrustStore) -> None:
    """Years later the reason is still the same, whatever else is over by then."""
    with pytest.raises(CertificateExpired):
        _verify(issuing.issue("alice"), trust, datetime.now(UTC) + 4000 * DAY)
    with pytest.raises(CertificateExpired):
        _verify(issuing.issue("alice", not_after=900 * DAY), trust, datetime.now(UTC) + 800 * DAY)


def test_certificate_of_the_future_is_not_yet_valid(issuing: Authority, trust: TrustStore) -> None:
    """A clock may be wrong, ours or the issuer's."""
    with pytest.raises(CertificateNotYetValid):
        _verify(issuing.issue("alice", not_before=timedelta(hours=1)), trust)


@pytest.mark.parametrize("usages", [(SERVER_AUTH,), (), (ExtendedKeyUsageOID.ANY_EXTENDED_KEY_USAGE,)])
def test_certificate_for_something_else_is_of_wrong_usage(
    issuing: Authority, trust: TrustStore, usages: tuple[x509.ObjectIdentifier, ...]
) -> None:
    """Client authentication has to be named."""
    with pytest.raises(WrongUsage):
        _verify(issuing.issue("alice", usages=usages), trust)


def test_certificate_for_clients_and_servers_passes(issuing: Authority, trust: TrustStore) -> None:
    """More than needed is not wrong."""
    _verify(issuing.issue("alice", usages=(CLIENT_AUTH, SERVER_AUTH)), trust)


def test_unknown_critical_extension_is_wrong_usage(issuing: Authority, trust: TrustStore) -> None:
    """Whoever does not understand it must refuse (RFC 5280 section 4.2); it is ours nevertheless."""
    with pytest.raises(WrongUsage):
        _verify(issuing.issue("alice", extensions=[(UNKNOWN_EXTENSION, True)]), trust)


def test_authoritys_own_certificate_is_of_wrong_usage(root: Authority, issuing: Authority, trust: TrustStore) -> None:
    """An authority does not sign in."""
    for authority in (root, issuing):
        with pytest.raises(WrongUsage):
            _verify(authority, trust)


@pytest.mark.parametrize("key", [lambda: rsa_key(1024), ed25519_key, lambda: ec_key(ec.SECP256K1())])
def test_weak_or_unusable_key_is_refused(
    issuing: Authority, trust: TrustStore, key: Callable[[], ec.EllipticCurvePrivateKey]
) -> None:
    """Even in a certificate that we signed."""
    with pytest.raises(WeakKey):
        _verify(issuing.issue("alice", key=key()), trust)


def test_facts_are_those_of_the_certificate(issuing: Authority, trust: TrustStore, now: datetime) -> None:
    """As a page shows them."""
    leaf = issuing.issue("alice", serial_number=0x1234)
    presented = verify_client_certificate(leaf.der, (), trust, now).presented
    assert (presented.subject, presented.issuer, presented.serial_number) == ("CN=alice", "CN=Test Issuing", "1234")
    assert len(presented.fingerprint) == 64
    assert leaf.certificate.public_bytes(Encoding.DER) == leaf.der
