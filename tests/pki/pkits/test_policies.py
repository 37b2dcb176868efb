"""Certificate policies against NIST's PKITS (section 4.8): none counts that does not, and the one that is left out is known."""

import pytest
from cryptography import x509

from idp.pki.path_validation import has_issued
from idp.pki.policies import asserts_policies
from tests.pki.pkits.test_pkits import pkits_trust, read

FIRST, SECOND, THIRD = (f"2.16.840.1.101.3.2.1.48.{number}" for number in (1, 2, 3))
# With which of the three policies as user-initial-policy-set, and an explicit policy demanded, the path is valid.
VALID = {
    "ValidCertificatePathTest1EE": {FIRST},
    "AllCertificatesNoPoliciesTest2EE": set(),
    "DifferentPoliciesTest3EE": set(),
    "DifferentPoliciesTest4EE": set(),
    "DifferentPoliciesTest5EE": set(),
    "OverlappingPoliciesTest6EE": {FIRST},
    "DifferentPoliciesTest7EE": set(),
    "DifferentPoliciesTest8EE": set(),
    "DifferentPoliciesTest9EE": set(),
    "AllCertificatesSamePoliciesTest10EE": {FIRST, SECOND},
    "DifferentPoliciesTest12EE": set(),
    "AllCertificatesSamePoliciesTest13EE": {FIRST, SECOND, THIRD},
    "AnyPolicyTest14EE": {FIRST},
}


def chain_of(name: str) -> list[x509.Certificate]:
    """Follow the signatures up to the root, whatever else the authorities say."""
    trust = pkits_trust()
    path = [x509.load_der_x509_certificate(read(name))]
    while path[-1] not in trust.roots:
        path.append(next(issuer for issuer in (*trust.roots, *trust.issuing) if has_issued(issuer, path[-1])))
    return path


@pytest.mark.parametrize("name", VALID)
def test_policies_count_as_nist_says(name: str) -> None:
    path = chain_of(name)
    counted = {policy for policy in (FIRST, SECOND, THIRD) if asserts_policies(path, [policy], "any")}

    assert counted == VALID[name]


def test_end_entity_has_to_name_the_policy_itself() -> None:
    """RFC 5280 would let anyPolicy do, which an authority may write without having looked."""
    assert not asserts_policies(chain_of("AllCertificatesanyPolicyTest11EE"), [FIRST], "any")


@pytest.mark.parametrize(
    "name", ["ValidPolicyMappingTest1EE", "InvalidPolicyMappingTest2EE", "InvalidMappingFromanyPolicyTest7EE"]
)
def test_mappings_are_refused(name: str) -> None:
    path = chain_of(name)
    assert not any(asserts_policies(path, [policy], "any") for policy in (FIRST, SECOND, THIRD))
