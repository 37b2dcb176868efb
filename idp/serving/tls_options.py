"""The certificate listener's OpenSSL options: ask for a certificate, accept any, resume nothing (RFC 8446 §4.3.2)."""

import ssl
from collections.abc import Sequence
from dataclasses import dataclass

from cryptography import x509
from OpenSSL import SSL, crypto

from idp.serving.server_certificate import ServerCertificate

# A certificate_authorities list is limited to 2^16-1 bytes (RFC 8446 §4.2.4), as are all extensions of a
# CertificateRequest together. Above either limit a list would cost every browser a long message for little choice.
MAX_CA_NAMES = 200
MAX_CA_NAMES_SIZE = 48_000

_CIPHERS = b"ECDHE+AESGCM:ECDHE+CHACHA20"  # below TLS 1.3: forward secrecy and AEAD alone (RFC 9325 §4.2)

_PROTOCOL_VERSIONS = {ssl.TLSVersion.TLSv1_2: SSL.TLS1_2_VERSION, ssl.TLSVersion.TLSv1_3: SSL.TLS1_3_VERSION}

_PARTIAL_CHAIN = 0x80000  # X509_V_FLAG_PARTIAL_CHAIN: an issuing authority is anchor enough without its root


class NoApplicationProtocol(SSL.Error):
    """The client speaks none of our protocols (RFC 7301 §3.2)."""


@dataclass
class Verification:
    """What OpenSSL's own path validation saw of one connection; evidence for the log, never a decision."""

    happened: bool = False
    first_error: int | None = None


def build_openssl_context(
    server_certificate: ServerCertificate,
    authorities: Sequence[x509.Certificate],
    minimum_version: ssl.TLSVersion,
    *,
    open_host: str | None = None,
) -> SSL.Context:
    """Build the context for all connections until the server certificate or an authority changes.

    Clients that ask for *open_host* (RFC 6066 section 3) are told no authorities: many programs send no certificate but of
    those they are told, and theirs may be from anywhere. Raises `ValueError` for a version below TLS 1.2.
    """
    context = _build_context(server_certificate, authorities, minimum_version)
    if open_host is not None:
        _tell_no_authorities(context, open_host, _build_context(server_certificate, (), minimum_version))
    return context


def _build_context(
    server_certificate: ServerCertificate, authorities: Sequence[x509.Certificate], minimum_version: ssl.TLSVersion
) -> SSL.Context:
    context = SSL.Context(SSL.TLS_SERVER_METHOD)
    _restrict_protocol(context, minimum_version)
    _forbid_resumption(context)
    _load(context, server_certificate)
    context.set_verify(SSL.VERIFY_PEER, _accept_any)
    _name_authorities(context, authorities)
    return context


def _tell_no_authorities(context: SSL.Context, host: str, silent: SSL.Context) -> None:
    name = host.encode("ascii")

    def choose(connection: SSL.Connection) -> None:
        if (connection.get_servername() or b"").lower() == name:
            connection.set_context(silent)

    context.set_tlsext_servername_callback(choose)
    # OpenSSL goes on to call what belongs to the first context; a connection holds on to the second alone.
    silent.first = context  # type: ignore[attr-defined]


def _restrict_protocol(context: SSL.Context, minimum_version: ssl.TLSVersion) -> None:
    if minimum_version not in _PROTOCOL_VERSIONS:
        raise ValueError(f"the lowest TLS version is 1.2, not {minimum_version.name}")
    context.set_min_proto_version(_PROTOCOL_VERSIONS[minimum_version])
    context.set_cipher_list(_CIPHERS)
    # Renegotiation could change the certificate after the application has looked at it.
    context.set_options(SSL.OP_NO_COMPRESSION | SSL.OP_NO_RENEGOTIATION | SSL.OP_CIPHER_SERVER_PREFERENCE)
    context.set_alpn_select_callback(_select_http_1_1)


def _forbid_resumption(context: SSL.Context) -> None:
    # A resumed session would carry an earlier certificate over without any proof of its key (RFC 9440 §3).
    context.set_options(SSL.OP_NO_TICKET)
    context.set_session_cache_mode(SSL.SESS_CACHE_OFF)
    context.set_session_id(b"countersign")


def _load(context: SSL.Context, server_certificate: ServerCertificate) -> None:
    leaf, *intermediates = server_certificate.chain
    context.use_certificate(leaf)
    for intermediate in intermediates:
        context.add_extra_chain_cert(intermediate)
    context.use_privatekey(server_certificate.key)


def _name_authorities(context: SSL.Context, authorities: Sequence[x509.Certificate]) -> None:
    for authority in advertised_authorities(authorities):
        context.add_client_ca(authority)
    store = context.get_cert_store()
    if store is None:
        raise SSL.Error("no certificate store")
    store.set_flags(_PARTIAL_CHAIN)
    for authority in authorities:
        store.add_cert(crypto.X509.from_cryptography(authority))


def advertised_authorities(authorities: Sequence[x509.Certificate]) -> list[x509.Certificate]:
    """Return one certificate for each distinct subject, or none where the list would be too long to send."""
    by_subject = {authority.subject.public_bytes(): authority for authority in authorities}
    if len(by_subject) > MAX_CA_NAMES or sum(map(len, by_subject)) > MAX_CA_NAMES_SIZE:
        return []
    return list(by_subject.values())


def _accept_any(connection: SSL.Connection, _certificate: crypto.X509, error: int, _depth: int, _ok: int) -> bool:
    # OpenSSL's security level complains of weak keys and digests through this callback too, so they are let through
    # without lowering it for the rest of the handshake.
    verification: Verification = connection.get_app_data()
    verification.happened = True
    if error and verification.first_error is None:
        verification.first_error = error
    return True


def _select_http_1_1(_connection: SSL.Connection, offered: list[bytes]) -> bytes:
    # Never h2: browsers share an HTTP/2 connection between host names, and then send no certificate (RFC 9113 §9.1.1).
    if b"http/1.1" in offered:
        return b"http/1.1"
    raise NoApplicationProtocol([("ALPN", "", "no application protocol")])
