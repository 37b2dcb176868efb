"""The claims parameter: single claims that a client asks for (OpenID Connect Core section 5.5)."""

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from authlib.oauth2.rfc6749.errors import InvalidRequestError

from idp.clients.registration import ClientRegistration
from idp.oidc.person_claims import CLAIMS_BY_SCOPE

ID_TOKEN, USERINFO = "id_token", "userinfo"
Conditions = Mapping[str, Any]


@dataclass(frozen=True)
class ClaimsRequest:
    """What is asked for in either place: conditions by the claim's name, empty where it is just asked for."""

    id_token: Mapping[str, Conditions] = field(default_factory=dict)
    userinfo: Mapping[str, Conditions] = field(default_factory=dict)

    def names_for(self, client: ClientRegistration) -> dict[str, list[str]]:
        """Return what is remembered of the request: by place the claims about the person that the client may have."""
        asked = {ID_TOKEN: self.id_token, USERINFO: self.userinfo}
        allowed = _allowed_claims(client)
        names = {place: [name for name in claims if name in allowed] for place, claims in asked.items()}
        return {place: found for place, found in names.items() if found}


def parse_claims_request(text: str) -> ClaimsRequest:
    """Return what the parameter *text* asks for, nothing where it is empty; raise `InvalidRequestError`.

    What is not understood is ignored (OpenID Connect Core section 5.5), what cannot be read is an error.
    """
    if not text:
        return ClaimsRequest()
    try:
        members = json.loads(text)
    except (ValueError, RecursionError):
        members = None
    if not isinstance(members, dict):
        raise InvalidRequestError("The claims parameter is not a JSON object.")
    return ClaimsRequest(_read_place(members, ID_TOKEN), _read_place(members, USERINFO))


def claims_asked_for(client: ClientRegistration, remembered: Mapping[str, Any] | None, place: str) -> frozenset[str]:
    """Return the claims of *place* that were asked for and that the client may still have.

    A client gets no claim in this way that belongs to a scope which it is not registered for (ASVS 5 10.4.11).
    """
    names = (remembered or {}).get(place)
    return frozenset(names).intersection(_allowed_claims(client)) if names else frozenset()


def acceptable_values(conditions: Conditions) -> list[str]:
    """Return the values that would do, none where any does; raise `InvalidRequestError` unless they are strings."""
    values = conditions.get("values", [conditions["value"]] if "value" in conditions else [])
    if not all(isinstance(value, str) for value in values):
        raise InvalidRequestError("The claims parameter asks for a value of the wrong type.")
    return list(values)


def _allowed_claims(client: ClientRegistration) -> frozenset[str]:
    return frozenset(name for scope in client.scopes for name in CLAIMS_BY_SCOPE.get(scope, ()))


def _read_place(members: Mapping[str, Any], place: str) -> Mapping[str, Conditions]:
    claims = members.get(place)
    if claims is None:
        return {}
    if not isinstance(claims, dict):
        raise InvalidRequestError("A member of the claims parameter is not a JSON object.")
    return {name: _read_conditions(value) for name, value in claims.items()}


def _read_conditions(value: Any) -> Conditions:
    # A claim that is asked for without further conditions has the value null.
    conditions = {} if value is None else value
    if (
        not isinstance(conditions, dict)
        or not isinstance(conditions.get("essential", False), bool)
        or not isinstance(conditions.get("values", []), list)
    ):
        raise InvalidRequestError("The claims parameter is malformed.")
    return conditions
