"""Paths to foreign anchors: pinned by key, the nearest of several, and never over a key of our own."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

import pytest
from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

from idp.pki.anchor_settings import read_anchor_settings
from idp.pki.anchored_paths import verify_persons_certificate
from idp.pki.path_validation import ValidatedCertificate, verify_client_certificate
from idp.pki.rejections import (
    CertificateExpired,
    MalformedCertificate,
    UntrustedIssuer,
    WeakKey,
    WrongPolicy,
    WrongUsage,
)
from idp.pki.trust import Anchor, TrustStore, build_anchor, build_trust_store
from tests.certificates import DAY, SERVER_AUTH, Authority, Extension, Issued, ec_key, rsa_key, self_sign

GOLD, SILVER, ANY = "1.2.3.1", "1.2.3.2", "2.5.29.32.0"


def policies(*oids: str) -> Extension:
    information = [x509.PolicyInformation(x509.ObjectIdentifier(oid), None) for oid in oids]
    return x509.CertificatePolicies(information), False


def anchor(authority: Authority, *below: Authority, name: str = "cards", **settings: Any) -> Anchor:
    certificates = (intermediate.certificate for intermediate in below)
    return build_anchor(name, name, authority.certificate, certificates, read_anchor_settings(settings))


def trusting(*anchors: Anchor, own: Sequence[Authority] = ()) -> TrustStore:
    """A realm with these anchors, and, where given, a root and issuing authorities of its own."""
    certificates = tuple(authority.certificate for authority in own)
    return build_trust_store("realm", certificates[:1], certificates[1:], foreign=anchors, own=certificates)


def verify(leaf: Issued, trust: TrustStore, now: datetime | None = None) -> ValidatedCertificate:
    return verify_persons_certificate(leaf.der, leaf.chain_der, trust, now or datetime.now(UTC))


@pytest.fixture
def cards(root: Authority) -> Authority:
    return root.create_intermediate("Cards")


def test_path_says_which_anchor_it_ended_in(root: Authority, cards: Authority) -> None:
    """Over the intermediates that were uploaded, also where the browser sends none."""
    trust = trusting(anchor(root, cards))

    found = verify_persons_certificate(cards.issue("alice").der, (), trust, datetime.now(UTC))

    assert found.anchor == trust.foreign[0]
    assert found.path[1:] == (cards.certificate, root.certificate)


def test_authority_below_a_root_can_be_the_anchor(cards: Authority, root: Authority) -> None:
    """What the root certifies elsewhere is of no account then."""
    trust = trusting(anchor(cards))

    assert verify(cards.issue("alice"), trust).path[-1] == cards.certificate
    for leaf in (root.issue("alice"), root.create_intermediate("Cards").issue("alice")):
        with pytest.raises(UntrustedIssuer):
            verify(leaf, trust)


def test_same_name_with_another_key_does_not_pass(root: Authority, cards: Authority) -> None:
    """Neither as the anchor nor below it, whatever the browser sends along."""
    double = Authority.create("Test Root")
    for leaf in (double.issue("alice"), double.create_intermediate("Cards").issue("alice"), self_sign("Test Root")):
        with pytest.raises(UntrustedIssuer):
            verify_persons_certificate(
                leaf.der, (*leaf.chain_der, double.der, root.der), trusting(anchor(root, cards)), datetime.now(UTC)
            )


def test_two_anchors_with_one_name_are_told_apart(root: Authority) -> None:
    """By the key that signed."""
    double = Authority.create("Test Root")
    first, second = anchor(root, name="first"), anchor(double, name="second")
    trust = trusting(first, second)

    assert verify(root.issue("alice"), trust).anchor == first
    assert verify(double.issue("alice"), trust).anchor == second


def test_same_key_under_two_names(root: Authority) -> None:
    """The issuer that the certificate names is the one that counts."""
    other = Authority.create("Other Name", key=root.key)
    trust = trusting(anchor(root, name="first"))

    assert verify(root.issue("alice"), trust).anchor == trust.foreign[0]
    with pytest.raises(UntrustedIssuer):
        verify(other.issue("alice"), trust)


def test_nearest_of_several_anchors_counts(root: Authority, cards: Authority) -> None:
    """Whatever their order: who pins an authority below a root means its settings."""
    far, near = anchor(root, name="far"), anchor(cards, name="near")
    for anchors in ((far, near), (near, far)):
        assert verify(cards.issue("alice"), trusting(*anchors)).anchor == near


def test_cross_signed_authority_leads_to_whichever_is_trusted(root: Authority, cards: Authority) -> None:
    """With both, the oldest of the two counts."""
    other = Authority.create("Other Root")
    crossed = other.create_intermediate("Cards", key=cards.key)
    first, second = anchor(root, cards, name="first"), anchor(other, crossed, name="second")
    leaf = cards.issue("alice")

    assert verify(leaf, trusting(second)).anchor == second
    assert verify(leaf, trusting(first, second)).anchor == first
    assert verify(leaf, trusting(second, first)).anchor == second


def test_loops_of_cross_signatures_end(root: Authority) -> None:
    """Two authorities that certify each other, and the browser sends both again and again."""
    a, b = ec_key(), ec_key()
    one, two = (
        Authority.create("B", key=b).create_intermediate("A", key=a, path_length=None),
        Authority.create("A", key=a).create_intermediate("B", key=b, path_length=None),
    )
    leaf = one.issue("alice")
    with pytest.raises(UntrustedIssuer):
        verify_persons_certificate(
            leaf.der, (one.der, two.der, one.der, two.der), trusting(anchor(root)), datetime.now(UTC)
        )


def test_own_authorities_win(root: Authority, issuing: Authority) -> None:
    """A certificate of ours is never judged as a foreign one, also where an anchor of the same root is trusted."""
    trust = trusting(anchor(root, issuing), own=(root, issuing))

    assert verify(issuing.issue("alice"), trust).anchor is None


def test_path_over_a_key_of_our_own_is_never_foreign(root: Authority, issuing: Authority) -> None:
    """Others may certify our key: what we have issued and forgotten must not come back through their anchor."""
    other = Authority.create("Bridge")
    crossed = other.create_intermediate("Test Issuing", key=issuing.key)
    trust = replace(trusting(anchor(other, crossed), own=(root, issuing)), roots=(), anchors=None)
    leaf = issuing.issue("alice")
    with pytest.raises(UntrustedIssuer):
        verify(leaf, trust)


def test_people_of_a_root_that_also_certified_ours_are_foreign(root: Authority, issuing: Authority) -> None:
    """A corporate root may have certified our authority, and issue cards as well."""
    cards = root.create_intermediate("Cards")
    trust = build_trust_store(
        "realm", (root.certificate,), (issuing.certificate,), foreign=(anchor(root),), own=(issuing.certificate,)
    )

    assert verify(cards.issue("alice"), trust).anchor == trust.foreign[0]
    assert verify(issuing.issue("alice"), trust).anchor is None


def test_authority_does_not_sign_in(root: Authority, cards: Authority) -> None:
    """Neither the anchor itself nor one below it."""
    trust = trusting(anchor(root, cards))
    for authority in (root, cards):
        with pytest.raises(WrongUsage):
            verify(authority, trust)


def test_flaws_of_the_certificate_have_their_reasons(root: Authority, cards: Authority) -> None:
    """As those of our own have."""
    trust = trusting(anchor(root, cards))
    for leaf, reason in (
        (cards.issue("alice", not_before=-9 * DAY, not_after=-DAY), CertificateExpired),
        (cards.issue("alice", usages=(SERVER_AUTH,)), WrongUsage),
        (cards.issue("alice", key=rsa_key(1024)), WeakKey),
        (cards.issue("alice", key=ec_key(ec.SECP256K1())), WeakKey),
    ):
        with pytest.raises(reason):
            verify(leaf, trust)
    with pytest.raises(MalformedCertificate):
        verify_persons_certificate(b"junk", (), trust, datetime.now(UTC))


def test_expired_anchor_trusts_nobody(root: Authority, cards: Authority) -> None:
    """Its certificates have expired as well, and that is what is said."""
    with pytest.raises(CertificateExpired):
        verify(cards.issue("alice", not_after=900 * DAY), trusting(anchor(root, cards)), datetime.now(UTC) + 800 * DAY)


@pytest.mark.parametrize(
    ("usages", "strict", "lenient"),
    [
        ((ExtendedKeyUsageOID.CLIENT_AUTH,), True, True),
        ((), False, True),
        ((ExtendedKeyUsageOID.ANY_EXTENDED_KEY_USAGE,), False, True),
        ((SERVER_AUTH,), False, False),
        ((ExtendedKeyUsageOID.SMARTCARD_LOGON,), False, False),
    ],
)
def test_client_authentication_has_to_be_named_unless_the_anchor_says_otherwise(
    root: Authority, usages: tuple[x509.ObjectIdentifier, ...], strict: bool, lenient: bool
) -> None:
    """One that is for something else alone is never taken."""
    leaf = root.issue("alice", usages=usages)
    for required, passes in ((True, strict), (False, lenient)):
        trust = trusting(anchor(root, require_client_auth=required))
        if passes:
            assert verify(leaf, trust)
        else:
            with pytest.raises(WrongUsage):
                verify(leaf, trust)


def test_alternative_name_is_optional(root: Authority) -> None:
    assert verify(root.issue("alice", names=[]), trusting(anchor(root)))


@pytest.mark.parametrize(
    ("leaf", "authority", "demanded", "mode", "passes"),
    [
        ((GOLD,), (GOLD,), (GOLD,), "any", True),
        ((GOLD,), (ANY,), (GOLD,), "any", True),
        ((GOLD,), (), (GOLD,), "any", False),
        ((GOLD,), (SILVER,), (GOLD,), "any", False),
        ((), (GOLD,), (GOLD,), "any", False),
        ((ANY,), (GOLD,), (GOLD,), "any", False),
        ((SILVER,), (GOLD, SILVER), (GOLD, SILVER), "any", True),
        ((SILVER,), (GOLD, SILVER), (GOLD, SILVER), "all", False),
        ((GOLD, SILVER), (GOLD, SILVER), (GOLD, SILVER), "all", True),
        ((GOLD, SILVER), (GOLD,), (GOLD, SILVER), "all", False),
        ((), (), (), "all", True),
    ],
)
def test_policies_count_along_the_whole_path(
    root: Authority,
    leaf: tuple[str, ...],
    authority: tuple[str, ...],
    demanded: tuple[str, ...],
    mode: str,
    passes: bool,
) -> None:
    """In the certificate itself, and in every authority below the anchor."""
    cards = root.create_intermediate("Cards", extensions=[policies(*authority)] if authority else [])
    issued = cards.issue("alice", extensions=[policies(*leaf)] if leaf else [])
    trust = trusting(anchor(root, cards, policies=demanded, policy_mode=mode))
    if passes:
        assert verify(issued, trust)
    else:
        with pytest.raises(WrongPolicy):
            verify(issued, trust)


def test_mapped_and_constrained_policies_are_refused(root: Authority) -> None:
    """They are not processed: a mapping where policies are demanded, a constraint always, and critical ones by the path builder."""
    mappings = x509.UnrecognizedExtension(
        x509.ObjectIdentifier("2.5.29.33"), b"\x30\x0a\x30\x08\x06\x02\x2a\x03\x06\x02\x2a\x04"
    )
    constraints = x509.PolicyConstraints(require_explicit_policy=0, inhibit_policy_mapping=None)
    for extension, settings, reason in (
        ((mappings, False), {"policies": [GOLD]}, WrongPolicy),
        ((constraints, False), {}, WrongUsage),
        ((constraints, True), {}, WrongUsage),
    ):
        cards = root.create_intermediate("Cards", extensions=[policies(GOLD), extension])
        leaf = cards.issue("alice", extensions=[policies(GOLD)])
        with pytest.raises(reason):
            verify(leaf, trusting(anchor(root, cards, **settings)))


@pytest.mark.parametrize(
    ("constraint", "mailbox", "passes"),
    [
        (x509.RFC822Name("example.org"), "alice@example.org", True),
        (x509.RFC822Name("example.org"), "alice@example.com", False),
        (x509.DirectoryName(x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "alice")])), "alice@example.org", False),
    ],
)
@pytest.mark.parametrize("in_anchor", [False, True])
def test_name_constraints_hold_and_those_that_cannot_be_processed_are_refused(
    constraint: x509.GeneralName, mailbox: str, passes: bool, in_anchor: bool
) -> None:
    """Of an authority, and of the anchor itself where that is one of an authority below somebody else's root."""
    extension = (x509.NameConstraints([constraint], None), True)
    cards = Authority.create().create_intermediate("Cards", extensions=[extension])
    root = Authority.create("Above")
    crossed = root.create_intermediate("Cards", key=cards.key, extensions=[extension])
    leaf = cards.issue("alice", names=[x509.RFC822Name(mailbox)])
    trust = trusting(anchor(cards)) if in_anchor else trusting(anchor(root, crossed))
    if passes:
        assert verify(leaf, trust)
    else:
        with pytest.raises(WrongUsage):
            verify(leaf, trust)


def test_anchor_is_none_for_applications(root: Authority, cards: Authority) -> None:
    """What makes somebody a person of the realm authenticates no client (RFC 8705)."""
    with pytest.raises(UntrustedIssuer):
        verify_client_certificate(cards.issue("app").der, (), trusting(anchor(root, cards)), datetime.now(UTC))
