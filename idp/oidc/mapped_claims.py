"""Let a client's protocol mappers write into its tokens and UserInfo answers."""

import json
from collections.abc import Callable
from contextlib import suppress
from functools import cached_property
from typing import Any

from idp.clients.mappers import (
    ATTRIBUTE,
    AUDIENCE,
    CLIENT_ROLE,
    GROUP,
    HARD_CODED,
    PROPERTY,
    REALM_ROLE,
    RESERVED,
    Mapper,
    read_mappers,
)
from idp.clients.registration import ClientRegistration
from idp.models import User
from idp.users.role_scopes import roles_in_scope
from idp.users.roles import HeldRole, list_group_paths, list_roles, names_of
from idp.web.exchange import Exchange

ID_TOKEN, ACCESS_TOKEN, USERINFO = "id_token", "access_token", "userinfo"


class _Person:
    """What mappers of a client may ask about a person; each thing is looked up once, when it is asked for."""

    def __init__(self, exchange: Exchange, client: ClientRegistration, user_id: str | None, scope: str) -> None:
        self._session = exchange.session
        self._client, self._scopes = client, scope.split()
        self._user_id = user_id

    @cached_property
    def user(self) -> User | None:
        return self._session.get(User, self._user_id) if self._user_id else None

    @cached_property
    def roles(self) -> list[HeldRole]:
        """The roles that the client may learn of."""
        if not self._user_id:
            return []
        client = self._client
        full = client.full_scope_allowed
        within = None if full else roles_in_scope(client.realm_id, client.id, self._scopes)
        return list(list_roles(self._session, self._user_id, within=within))

    @cached_property
    def groups(self) -> list[str]:
        return list_group_paths(self._session, self._user_id) if self._user_id else []


def add_mapped_claims(
    exchange: Exchange,
    client: ClientRegistration,
    user_id: str | None,
    place: str,
    claims: dict[str, Any],
    *,
    scope: str,
) -> None:
    """Write what the mappers of the granted *scope* and the client's say into *claims*; without mappers this costs nothing.

    Where two say the same the client's has the last word.
    """
    of_scopes = exchange.realm.scope_mappers
    mappers = [*(mapper for name in scope.split() for mapper in of_scopes.get(name, ())), *client.mappers]
    if not mappers:
        return
    person = _Person(exchange, client, user_id, scope)
    for mapper in read_mappers(mappers):
        if not mapper.is_for(place):
            continue
        if mapper.kind == AUDIENCE:
            _add_audience(mapper, claims)
        else:
            _put(claims, mapper.claim_path, _convert(mapper, _VALUES[mapper.kind](mapper, person)))


def _attribute(mapper: Mapper, person: _Person) -> Any:
    values = person.user.attributes.get(mapper.config["user.attribute"], []) if person.user else []
    return values if mapper.is_on("multivalued") else next(iter(values), None)


def _property(mapper: Mapper, person: _Person) -> Any:
    user = person.user
    if user is None:
        return None
    return {
        "username": user.username,
        "email": user.email,
        "emailVerified": user.email_verified,
        "firstName": user.given_name or None,
        "lastName": user.family_name or None,
        "id": user.id,
    }[mapper.config["user.attribute"]]


def _realm_roles(mapper: Mapper, person: _Person) -> Any:
    prefix = mapper.config.get("usermodel.realmRoleMapping.rolePrefix", "")
    return [prefix + name for name in names_of(person.roles, client_id=None)]


def _client_roles(mapper: Mapper, person: _Person) -> Any:
    client_id = mapper.config.get("usermodel.clientRoleMapping.clientId", "")
    prefix = mapper.config.get("usermodel.clientRoleMapping.rolePrefix", "")
    return [prefix + role.name for role in person.roles if role.client_id and client_id in {"", role.client_id}]


def _groups(mapper: Mapper, person: _Person) -> Any:
    full = mapper.is_on("full.path", default="true")
    return [path if full else path.rsplit("/", 1)[1] for path in person.groups]


def _hard_coded(mapper: Mapper, _person: _Person) -> Any:
    return mapper.config["claim.value"]


_VALUES: dict[str, Callable[[Mapper, _Person], Any]] = {
    ATTRIBUTE: _attribute,
    PROPERTY: _property,
    REALM_ROLE: _realm_roles,
    CLIENT_ROLE: _client_roles,
    GROUP: _groups,
    HARD_CODED: _hard_coded,
}


def _add_audience(mapper: Mapper, claims: dict[str, Any]) -> None:
    wanted = mapper.config.get("included.client.audience") or mapper.config["included.custom.audience"]
    present = claims.get("aud", [])
    audience = list(present) if isinstance(present, list) else [present]
    claims["aud"] = audience if wanted in audience else [*audience, wanted]


def _convert(mapper: Mapper, value: Any) -> Any:
    """Return *value* as the JSON type that is wished for; a value that cannot be is left out."""
    convert = _TYPES.get(mapper.config.get("jsonType.label", ""))
    if convert is None or value is None:
        return value
    with suppress(ValueError, TypeError, RecursionError):
        return [convert(item) for item in value] if isinstance(value, list) else convert(value)
    return None


def _boolean(value: Any) -> bool:
    return str(value).lower() == "true"


_TYPES: dict[str, Callable[[Any], Any]] = {"long": int, "int": int, "boolean": _boolean, "JSON": json.loads}


def _put(claims: dict[str, Any], path: tuple[str, ...], value: Any) -> None:
    if value in (None, [], "") or path[0] in RESERVED:
        return
    for name in path[:-1]:
        inner = claims.get(name)
        claims[name] = dict(inner) if isinstance(inner, dict) else {}
        claims = claims[name]
    claims[path[-1]] = value
