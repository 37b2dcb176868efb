"""Name constraints that the path builder does not compare (RFC 5280 section 4.2.1.10).

It refuses what it does not know where that is critical, as it has to be, and passes over it where it is not; and it looks for
addresses in the subjectAltName alone, although an old certificate may have its address in the subject.
"""

from collections.abc import Iterator, Sequence

from cryptography import x509


def constrains_names_in_vain(path: Sequence[x509.Certificate]) -> bool:
    """Tell whether an authority between the end entity and the root of *path* constrains names that nobody has compared."""
    kinds = {type(name) for authority in path[1:-1] for name in _list_constraints(authority)}
    return x509.DirectoryName in kinds or (x509.RFC822Name in kinds and _has_hidden_address(path[0]))


def _list_constraints(authority: x509.Certificate) -> Iterator[x509.GeneralName]:
    for extension in authority.extensions:
        if isinstance(extension.value, x509.NameConstraints):
            yield from extension.value.permitted_subtrees or ()
            yield from extension.value.excluded_subtrees or ()


def _has_hidden_address(certificate: x509.Certificate) -> bool:
    """Tell whether the subject has an e-mail address that the subjectAltName has not."""
    compared = [
        address
        for extension in certificate.extensions
        if isinstance(extension.value, x509.SubjectAlternativeName)
        for address in extension.value.get_values_for_type(x509.RFC822Name)
    ]
    attributes = certificate.subject.get_attributes_for_oid(x509.NameOID.EMAIL_ADDRESS)
    return any(attribute.value not in compared for attribute in attributes)
