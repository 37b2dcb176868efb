"""HAProxy: ``Client-Cert`` from ``ssl_c_der,base64`` and ``Client-Cert-Chain`` from ``ssl_c_chain_der,base64``.

The names are RFC 9440's and the encoding is not: bare base64, and the chain is one base64 of the certificates in a row.
"""

from idp.web.proxy_headers.der import split_certificates
from idp.web.proxy_headers.encodings import decode_base64
from idp.web.proxy_headers.header_format import Chain, HeaderFormat, Values
from idp.web.proxy_headers.rfc9440 import CERTIFICATE, CHAIN


def parse(values: Values) -> Chain:
    """Return leaf and chain; both headers are empty where the client sent no certificate."""
    if CERTIFICATE not in values:
        return ()
    leaf = decode_base64(values[CERTIFICATE])
    chain = tuple(split_certificates(decode_base64(values.get(CHAIN, ""))))
    return (leaf, *(certificate for certificate in chain if certificate != leaf))


FORMAT = HeaderFormat(single=(CERTIFICATE, CHAIN), parse=parse)
