"""An exchange in the shape authlib asks for."""

from collections.abc import Mapping
from typing import Any

from authlib.oauth2.rfc6749 import OAuth2Payload, OAuth2Request
from authlib.oauth2.rfc6749.errors import InvalidRequestError

from idp.web.exchange import Exchange
from idp.web.parameters import Parameters

_MAY_REPEAT = {"resource", "audience"}  # RFC 8707 section 2, RFC 8693 section 2.1


class _Payload(OAuth2Payload):  # type: ignore[misc]
    def __init__(self, parameters: Parameters) -> None:
        self._parameters = parameters

    @property
    def data(self) -> Mapping[str, str]:
        return self._parameters

    @property
    def datalist(self) -> dict[str, list[str]]:
        return {name: self._parameters.all(name) for name in self._parameters}


class ExchangeRequest(OAuth2Request):  # type: ignore[misc]
    """The parameters of the form on POST, else of the query; never of both."""

    # Not by super().__init__, which would look whether our address is secure and refuse http on names under localhost.
    # That was decided when the settings were read.
    def __init__(self, exchange: Exchange) -> None:
        self.exchange = exchange
        self.method = exchange.method
        self.headers = exchange.headers
        self.payload = _Payload(parameters_of(exchange))
        self.client: Any = None
        self.auth_method = self.user = self.authorization_code = self.refresh_token = None
        self._scope = None

    @property
    def args(self) -> Mapping[str, str]:
        """The query."""
        return self.exchange.query

    @property
    def form(self) -> Mapping[str, str]:
        """The form."""
        return self.exchange.form


def parameters_of(exchange: Exchange) -> Parameters:
    """Return the form on POST, else the query; parameters without a value are omitted (RFC 6749 section 3.1)."""
    source = exchange.form if exchange.method == "POST" else exchange.query
    return source if all(value for _, value in source.pairs) else Parameters([pair for pair in source.pairs if pair[1]])


def verify_no_duplicates(parameters: Parameters) -> None:
    """Raise `InvalidRequestError` when a parameter occurs twice (RFC 6749 sections 3.1 and 3.2)."""
    if len(parameters) != len(parameters.pairs) and not _MAY_REPEAT.issuperset(parameters.duplicates()):
        raise InvalidRequestError("A parameter occurs more than once.")
