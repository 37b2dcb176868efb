"""Where what an authority publishes is found, as its certificates say (RFC 5280 sections 4.2.1.13 and 4.2.2.1)."""

from dataclasses import dataclass, replace

from cryptography import x509
from cryptography.x509.oid import AuthorityInformationAccessOID


@dataclass(frozen=True)
class Publication:
    """The addresses of an authority's revocation list, of its own certificate, and of its OCSP responder, if it has one."""

    revocation_list: str
    certificate: str
    responder: str | None

    def add_to(self, builder: x509.CertificateBuilder) -> x509.CertificateBuilder:
        """Return *builder* with the addresses in it."""
        point = x509.DistributionPoint([x509.UniformResourceIdentifier(self.revocation_list)], None, None, None)
        ways = {
            AuthorityInformationAccessOID.OCSP: self.responder,
            AuthorityInformationAccessOID.CA_ISSUERS: self.certificate,
        }
        access = [x509.AccessDescription(oid, x509.UniformResourceIdentifier(url)) for oid, url in ways.items() if url]
        return builder.add_extension(x509.CRLDistributionPoints([point]), critical=False).add_extension(
            x509.AuthorityInformationAccess(access), critical=False
        )


def find_publication(base: str, realm_name: str, authority_id: str) -> Publication:
    """Return the addresses of that issuing authority under *base*, which is what stands before ``/realms``."""
    path = f"{base}/realms/{realm_name}/pki/{authority_id}"
    return Publication(f"{path}.crl", f"{path}.crt", f"{path}/ocsp")


def find_root_publication(base: str, realm_name: str, root_id: str) -> Publication:
    """Return the same of a root, whose key is not there to answer OCSP."""
    return replace(find_publication(base, realm_name, root_id), responder=None)
