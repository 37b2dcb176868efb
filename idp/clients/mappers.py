"""Protocol mappers: what a client's tokens say beside its scopes' claims. Names and settings are Keycloak's, without scripts."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from idp.errors import InvalidInput

ATTRIBUTE = "oidc-usermodel-attribute-mapper"
PROPERTY = "oidc-usermodel-property-mapper"
REALM_ROLE = "oidc-usermodel-realm-role-mapper"
CLIENT_ROLE = "oidc-usermodel-client-role-mapper"
GROUP = "oidc-group-membership-mapper"
AUDIENCE = "oidc-audience-mapper"
HARD_CODED = "oidc-hardcoded-claim-mapper"
KINDS = (ATTRIBUTE, PROPERTY, REALM_ROLE, CLIENT_ROLE, GROUP, AUDIENCE, HARD_CODED)
PROPERTIES = ("username", "email", "emailVerified", "firstName", "lastName", "id")
JSON_TYPES = ("String", "long", "int", "boolean", "JSON")
RESERVED = frozenset(
    {
        *(
            "iss",
            "sub",
            "aud",
            "exp",
            "nbf",
            "iat",
            "jti",
            "azp",
            "client_id",
            "scope",
            "nonce",
            "auth_time",
            "acr",
            "amr",
        ),
        *("sid", "fid", "cnf", "act", "at_hash", "c_hash", "s_hash", "typ", "events"),
    }
)
"""Claims that the protocol gives a meaning: no mapper may say anything else."""

_PLACES = {"id_token": "id.token.claim", "access_token": "access.token.claim", "userinfo": "userinfo.token.claim"}
_NEEDED = {
    ATTRIBUTE: ("user.attribute", "claim.name"),
    PROPERTY: ("user.attribute", "claim.name"),
    REALM_ROLE: ("claim.name",),
    CLIENT_ROLE: ("claim.name",),
    GROUP: ("claim.name",),
    AUDIENCE: (),
    HARD_CODED: ("claim.name", "claim.value"),
}
_MOST = 50
_LONGEST = 2048


@dataclass(frozen=True)
class Mapper:
    """One mapper; `config` is as Keycloak writes it, all values text."""

    name: str
    kind: str
    config: Mapping[str, str]

    def is_for(self, place: str) -> bool:
        """Tell whether it writes into the *place*: id_token, access_token or userinfo."""
        return self.is_on(_PLACES[place])

    def is_on(self, setting: str, *, default: str = "false") -> bool:
        """Return a setting that is true or false."""
        return self.config.get(setting, default) == "true"

    @property
    def claim_path(self) -> tuple[str, ...]:
        """The claim's name; dots lead into objects, unless a backslash stands before them."""
        name = self.config.get("claim.name", "").replace("\\.", "\0")
        return tuple(part.replace("\0", ".") for part in name.split("."))


def read_mappers(values: Sequence[Mapping[str, Any]]) -> tuple[Mapper, ...]:
    """Return the mappers of a client's row."""
    return tuple(Mapper(value["name"], value["protocolMapper"], value["config"]) for value in values)


def verify_mappers(values: Any) -> list[dict[str, Any]]:
    """Return protocol mappers in the form they are stored in; raise `InvalidInput` naming the first that is wrong."""
    if not isinstance(values, list) or len(values) > _MOST:
        raise InvalidInput(mappers=f"Use a list of at most {_MOST} mappers.")
    verified = [_verify(value) for value in values]
    if len({value["name"] for value in verified}) < len(verified):
        raise InvalidInput(mappers="Two mappers have the same name.")
    return verified


def _verify(value: Any) -> dict[str, Any]:
    name, kind, config = _parts_of(value)
    missing = [setting for setting in _NEEDED[kind] if not config.get(setting)]
    if missing:
        raise InvalidInput(mappers=f"{name}: {', '.join(missing)} is missing.")
    mapper = Mapper(name, kind, config)
    if kind != AUDIENCE and (mapper.claim_path[0] in RESERVED or not all(mapper.claim_path)):
        raise InvalidInput(mappers=f"{name}: the claim {config['claim.name']} cannot be set by a mapper.")
    if kind == AUDIENCE and not (config.get("included.client.audience") or config.get("included.custom.audience")):
        raise InvalidInput(mappers=f"{name}: included.client.audience or included.custom.audience is missing.")
    if kind == PROPERTY and config["user.attribute"] not in PROPERTIES:
        raise InvalidInput(mappers=f"{name}: use one of {', '.join(PROPERTIES)}.")
    if config.get("jsonType.label", JSON_TYPES[0]) not in JSON_TYPES:
        raise InvalidInput(mappers=f"{name}: jsonType.label is one of {', '.join(JSON_TYPES)}.")
    return {**_id_of(value), "name": name, "protocolMapper": kind, "config": config}


def _id_of(value: Mapping[str, Any]) -> dict[str, str]:
    """Return the mapper's id where it has one: what the REST API makes has, for its addresses."""
    known = value.get("id")
    if known is None:
        return {}
    if not isinstance(known, str) or not re.fullmatch(r"[A-Za-z0-9-]{1,36}", known):
        raise InvalidInput(mappers="An id is 1 to 36 letters, digits and hyphens.")
    return {"id": known}


def _parts_of(value: Any) -> tuple[str, str, dict[str, str]]:
    value = value if isinstance(value, Mapping) else {}
    name, kind, config = value.get("name"), value.get("protocolMapper"), value.get("config", {})
    if not isinstance(name, str) or not 0 < len(name) <= 255:
        raise InvalidInput(mappers="Every mapper needs a name.")
    if kind not in KINDS:
        raise InvalidInput(mappers=f"{name}: protocolMapper is one of {', '.join(KINDS)}.")
    if not isinstance(config, Mapping) or not all(
        isinstance(key, str) and isinstance(text, str) and len(text) <= _LONGEST for key, text in config.items()
    ):
        raise InvalidInput(mappers=f"{name}: config holds texts of at most {_LONGEST} characters.")
    return name, kind, dict(config)
