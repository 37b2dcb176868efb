"""AWS Application Load Balancer: percent-encoded PEM, the chain in passthrough mode, the leaf alone in verify mode."""

from idp.web.proxy_headers.encodings import decode_pem, decode_percent
from idp.web.proxy_headers.header_format import Chain, HeaderFormat, Values

PASSTHROUGH = b"x-amzn-mtls-clientcert"
VERIFY = b"x-amzn-mtls-clientcert-leaf"


def parse(values: Values) -> Chain:
    """Return leaf and chain; the load balancer is in one mode, so only one header may be there."""
    if len(values) > 1:
        raise ValueError("headers of both modes occur")
    return decode_pem(decode_percent("".join(values.values())))


FORMAT = HeaderFormat(single=(PASSTHROUGH, VERIFY), parse=parse)
