"""RFC 5280 sections 4.2.1.13 and 4.2.2.1: one address of each kind, http or https, and list and issuer or neither."""

from collections.abc import Iterator

from cryptography import x509
from cryptography.x509.oid import AuthorityInformationAccessOID, ExtensionOID

from idp.pki.lints.lint import Lint, LintContext, find_extension

_LONGEST = 2048


def check(certificate: x509.Certificate, _context: LintContext) -> Iterator[str]:
    """Yield a detail for what is not one plain address."""
    points = find_extension(certificate, ExtensionOID.CRL_DISTRIBUTION_POINTS)
    access = find_extension(certificate, ExtensionOID.AUTHORITY_INFORMATION_ACCESS)
    if (points is None) != (access is None):
        yield "names the list or the issuer, and not both"
    if points and not _is_one_list(points.value):
        yield "the distribution point is not one address"
    if access and not _is_one_issuer(access.value):
        yield "the access is not one address of the issuer, with at most one of OCSP"


def _is_one_list(value: x509.ExtensionType) -> bool:
    points = list(value) if isinstance(value, x509.CRLDistributionPoints) else []
    if len(points) != 1 or points[0].reasons or points[0].crl_issuer or points[0].relative_name:
        return False
    names = points[0].full_name or []
    return len(names) == 1 and _is_address(names[0])


def _is_one_issuer(value: x509.ExtensionType) -> bool:
    ways = list(value) if isinstance(value, x509.AuthorityInformationAccess) else []
    methods = [way.access_method for way in ways]
    issuers, ocsp = AuthorityInformationAccessOID.CA_ISSUERS, AuthorityInformationAccessOID.OCSP
    return methods in ([issuers], [ocsp, issuers]) and all(_is_address(way.access_location) for way in ways)


def _is_address(name: x509.GeneralName) -> bool:
    address = name.value if isinstance(name, x509.UniformResourceIdentifier) else ""
    return address.startswith(("http://", "https://")) and len(address) <= _LONGEST


LINT = Lint("publication", "RFC 5280 sections 4.2.1.13 and 4.2.2.1", check)
