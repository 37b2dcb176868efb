"""How each kind of proxy writes a client certificate into a request's headers, one file a format.

A format names its headers and turns their values into certificates in DER, the client's own first; an empty tuple means
that the client sent none. Whether the sender may be believed is decided before, in `web/client_certificate.py`.
"""

from collections.abc import Mapping

from idp.web.proxy_headers import (
    apache,
    aws_alb,
    caddy,
    envoy,
    haproxy,
    ingress_nginx,
    nginx,
    rfc9440,
    traefik,
)
from idp.web.proxy_headers.header_format import HeaderFormat

FORMATS: Mapping[str, HeaderFormat] = {
    "rfc9440": rfc9440.FORMAT,
    "nginx": nginx.FORMAT,
    "ingress-nginx": ingress_nginx.FORMAT,
    "apache": apache.FORMAT,
    "haproxy": haproxy.FORMAT,
    "envoy": envoy.FORMAT,
    "traefik": traefik.FORMAT,
    "caddy": caddy.FORMAT,
    "aws-alb": aws_alb.FORMAT,
}
