"""Envoy: ``X-Forwarded-Client-Cert`` with ``Cert`` and ``Chain``, percent-encoded PEM, leaf first."""

import re

from idp.web.proxy_headers.encodings import decode_pem, decode_percent
from idp.web.proxy_headers.header_format import Chain, HeaderFormat, Values

CERTIFICATE = b"x-forwarded-client-cert"

_PAIR = re.compile(r'\s*([A-Za-z]+)=("(?:[^"\\]|\\.)*"|[^",;]*)\s*(;|$)')


def parse(values: Values) -> Chain:
    """Return leaf and chain of the one hop that Envoy's SANITIZE_SET leaves."""
    value = values.get(CERTIFICATE)
    if value is None:
        return ()
    pairs = _pairs(value)
    leaf = decode_pem(decode_percent(pairs.get("cert", "")))
    chain = decode_pem(decode_percent(pairs.get("chain", "")))
    if not leaf and not chain:
        raise ValueError("there is neither Cert nor Chain in X-Forwarded-Client-Cert")
    if leaf and chain and leaf != chain[:1]:
        raise ValueError("Cert and Chain disagree")
    return chain or leaf


def _pairs(element: str) -> dict[str, str]:
    pairs: dict[str, str] = {}
    position = 0
    while position < len(element):
        match = _PAIR.match(element, position)
        if match is None:
            raise ValueError("not one X-Forwarded-Client-Cert element")
        _add(pairs, match[1].lower(), match[2])
        position = match.end()
    return pairs


def _add(pairs: dict[str, str], key: str, value: str) -> None:
    if key in pairs and key in {"cert", "chain"}:
        raise ValueError(f"{key} occurs twice")
    pairs[key] = re.sub(r"\\(.)", r"\1", value[1:-1]) if value.startswith('"') else value


FORMAT = HeaderFormat(single=(CERTIFICATE,), parse=parse)
