"""Path validation against NIST's PKITS (sections 4.1 to 4.16): nothing invalid passes but what only revocation tells."""

import re
from datetime import UTC, datetime
from functools import cache
from pathlib import Path

import cryptography_vectors
import pytest
from cryptography import x509

from idp.pki.path_validation import build_path, parse_certificate, verify_client_certificate
from idp.pki.rejections import CertificateExpired, CertificateRejected
from idp.pki.trust import TrustStore, build_trust_store
from tests.pki.pkits.deviations import REFUSED, REVOCATION_ALONE

FOLDER = Path(cryptography_vectors.__file__).parent / "x509" / "PKITS_data" / "certs"
NOW = datetime(2026, 1, 1, tzinfo=UTC)
TESTS = sorted(path.stem for path in FOLDER.glob("*.crt") if re.search(r"Test\d+(EE)?$", path.stem))
# The names of section 4.8 do not say it: these have no policy in common where an authority demands one.
NO_COMMON_POLICY = {f"DifferentPoliciesTest{number}EE" for number in (4, 5, 7, 8, 9, 12)}


def read(name: str) -> bytes:
    return (FOLDER / f"{name}.crt").read_bytes()


@cache
def pkits_trust() -> TrustStore:
    """The anchor, and every authority of the suite among which the path has to be found."""
    anchor = x509.load_der_x509_certificate(read("TrustAnchorRootCertificate"))
    names = {path.stem for path in FOLDER.glob("*.crt")} - {
        "TrustAnchorRootCertificate",
        "DSAParametersInheritedCACert",
    }
    issuing = [x509.load_der_x509_certificate(read(name)) for name in sorted(names) if not name.endswith("EE")]
    return build_trust_store("pkits", (anchor,), tuple(issuing))


def passes(name: str) -> bool:
    """Whether a path is found; the suite's certificates are not for client authentication."""
    try:
        build_path(*parse_certificate(read(name)), (), pkits_trust(), NOW)
    except CertificateRejected:
        return False
    return True


def is_invalid(name: str) -> bool:
    return name.startswith("Invalid") or name in NO_COMMON_POLICY


def test_the_suite_is_whole() -> None:
    assert len(TESTS) > 200


@pytest.mark.parametrize("name", [name for name in TESTS if is_invalid(name) and "EEnotAfter" not in name])
def test_invalid_is_refused_unless_only_revocation_tells(name: str) -> None:
    assert passes(name) == bool(re.search(REVOCATION_ALONE, name))


def test_expired_end_entity_is_refused() -> None:
    """Its dates are judged after the path."""
    with pytest.raises(CertificateExpired):
        verify_client_certificate(read("InvalidEEnotAfterDateTest6EE"), (), pkits_trust(), NOW)


@pytest.mark.parametrize("name", [name for name in TESTS if not is_invalid(name)])
def test_valid_passes_but_for_the_listed_deviations(name: str) -> None:
    assert passes(name) != any(re.search(pattern, name) for pattern in REFUSED.values())
