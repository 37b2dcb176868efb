"""Certificate policies along a path (RFC 5280 sections 4.2.1.4 and 6.1.3), as far as they are processed.

A policy counts where the end entity names it itself, and every authority between it and the anchor names it or anyPolicy. That
is what section 6.1 comes to as long as no authority maps or constrains policies; paths with such an authority are refused.
"""

from collections.abc import Sequence
from typing import Literal

from cryptography import x509

_ANY_POLICY = x509.ObjectIdentifier("2.5.29.32.0")
_POLICY_MAPPINGS = x509.ObjectIdentifier("2.5.29.33")


def asserts_policies(path: Sequence[x509.Certificate], demanded: Sequence[str], mode: Literal["any", "all"]) -> bool:
    """Tell whether the path, end entity first and anchor last, asserts the *demanded* policies: one of them, or all."""
    if not demanded:
        return True
    authorities = path[1:-1]
    if any(_maps_policies(authority) for authority in authorities):
        return False
    verdicts = (_asserts(path[0], authorities, x509.ObjectIdentifier(policy)) for policy in demanded)
    return all(verdicts) if mode == "all" else any(verdicts)


def list_policies(certificate: x509.Certificate) -> tuple[x509.ObjectIdentifier, ...]:
    """Return the policies that a certificate names."""
    try:
        policies = certificate.extensions.get_extension_for_class(x509.CertificatePolicies).value
    except x509.ExtensionNotFound:
        return ()
    return tuple(information.policy_identifier for information in policies)


def _asserts(leaf: x509.Certificate, authorities: Sequence[x509.Certificate], policy: x509.ObjectIdentifier) -> bool:
    above = (set(list_policies(authority)) for authority in authorities)
    return policy in list_policies(leaf) and all(not named.isdisjoint({policy, _ANY_POLICY}) for named in above)


def _maps_policies(authority: x509.Certificate) -> bool:
    """Tell whether it says that one policy stands for another (section 4.2.1.5), which is not processed."""
    return any(extension.oid == _POLICY_MAPPINGS for extension in authority.extensions)
