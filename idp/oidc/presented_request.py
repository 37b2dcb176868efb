"""What an authorization request consists of: its parameters, or what they stand for (RFC 9101, RFC 9126)."""

from dataclasses import dataclass

from authlib.oauth2.rfc6749.errors import InvalidRequestError

from idp.clients.registration import ClientRegistration
from idp.oidc.errors import InvalidRequestObject
from idp.oidc.pushed_requests import PREFIX, find_pushed_request
from idp.oidc.request import verify_no_duplicates
from idp.oidc.request_objects import RequestObject, read_request_object
from idp.oidc.request_references import fetch_request_object
from idp.oidc.scopes import OPENID
from idp.oidc.security_profile import requires_pushed_requests
from idp.web.exchange import Exchange
from idp.web.parameters import Parameters

_BY_VALUE, _BY_REFERENCE = "request", "request_uri"


@dataclass(frozen=True)
class PresentedRequest:
    """The parameters that count; `pushed` is the reference of a pushed request, empty where it is none."""

    parameters: Parameters
    pushed: str = ""


def read_presented_request(exchange: Exchange, client: ClientRegistration, sent: Parameters) -> PresentedRequest:
    """Return what the parameters that the browser *sent* stand for, unchecked but for its origin; raise `OAuth2Error`."""
    reference = sent.get(_BY_REFERENCE, "")
    if reference.startswith(PREFIX):
        _verify_alone(sent)
        # RFC 9101 section 5: nothing that stands beside it counts.
        return PresentedRequest(find_pushed_request(exchange, client, reference), reference)
    if requires_pushed_requests(client):
        raise InvalidRequestError("This client has to push its authorization requests.")
    if not reference and _BY_VALUE not in sent:
        verify_plain_allowed(client)
        return PresentedRequest(sent)
    _verify_alone(sent)
    text = fetch_request_object(exchange, client, reference) if reference else sent[_BY_VALUE]
    return PresentedRequest(_combine(client, sent, read_request_object(exchange, client, text)))


def verify_plain_allowed(client: ClientRegistration) -> None:
    """Raise `InvalidRequestError` for a client that has to sign its requests (RFC 9101 section 10.5)."""
    if client.require_signed_request_object:
        raise InvalidRequestError("This client has to sign its authorization requests.")


def _verify_alone(sent: Parameters) -> None:
    verify_no_duplicates(sent)
    if _BY_VALUE in sent and _BY_REFERENCE in sent:
        raise InvalidRequestError("request and request_uri do not go together.")


def _combine(client: ClientRegistration, sent: Parameters, inside: RequestObject) -> Parameters:
    """Return the object's parameters; those beside it are added only to a request after OpenID Connect Core section 6.1.

    Such a request repeats response_type and scope outside. What a client has to sign, or calls a request object of RFC 9101
    by its type, is never mixed with what anybody could have put into the address.
    """
    parameters = inside.parameters
    for name in ("client_id", "response_type"):
        if name in sent and name in parameters and sent[name] != parameters[name]:
            raise InvalidRequestObject(f"The {name} inside and outside of the request object differ.")
    if inside.explicit or client.require_signed_request_object or not _is_openid_request(sent):
        if "client_id" not in parameters:
            raise InvalidRequestObject("The request object has no client_id.")
        return parameters
    taken = {*parameters, _BY_VALUE, _BY_REFERENCE}
    return Parameters([*parameters.pairs, *(pair for pair in sent.pairs if pair[0] not in taken)])


def _is_openid_request(sent: Parameters) -> bool:
    return "response_type" in sent and OPENID in sent.get("scope", "").split()
