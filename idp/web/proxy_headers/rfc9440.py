"""RFC 9440: ``Client-Cert`` and ``Client-Cert-Chain``, each certificate a byte sequence (RFC 9651 §3.3.5)."""

from idp.web.proxy_headers.encodings import decode_base64
from idp.web.proxy_headers.header_format import Chain, HeaderFormat, Values

CERTIFICATE = b"client-cert"
CHAIN = b"client-cert-chain"


def parse(values: Values) -> Chain:
    """Return leaf and chain; a chain alone is an error (RFC 9440 §2.3)."""
    if CERTIFICATE not in values:
        if CHAIN in values:
            raise ValueError("Client-Cert-Chain without Client-Cert")
        return ()
    return (decode_byte_sequence(values[CERTIFICATE]), *_decode_list(values.get(CHAIN, "")))


def decode_byte_sequence(text: str) -> bytes:
    """Return the content of one byte sequence."""
    text = text.strip(" \t")
    if len(text) < 2 or not (text.startswith(":") and text.endswith(":")):
        raise ValueError("not a byte sequence")
    return decode_base64(text[1:-1])


def _decode_list(text: str) -> Chain:
    return tuple(decode_byte_sequence(item) for item in text.split(",")) if text else ()


FORMAT = HeaderFormat(single=(CERTIFICATE,), listed=(CHAIN,), parse=parse)
