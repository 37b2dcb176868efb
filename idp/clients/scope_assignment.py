"""Which scopes a client has: by default, granted without being asked for, or as options; as its metadata tells it."""

from collections.abc import Sequence
from typing import Any

from idp.clients.client_scopes import DEFAULT, OPTIONAL
from idp.clients.metadata.values import ClientMetadata

_OPENID = "openid"
"""The one that every client has; it is no client scope."""


def list_optional_scopes(metadata: ClientMetadata) -> list[str]:
    """Return the scopes that the client gets when it asks for them."""
    default = metadata.default_scope.split()
    return [scope for scope in metadata.scope.split() if scope not in default and scope != _OPENID]


def list_assigned_scopes(metadata: ClientMetadata, kind: str) -> list[str]:
    """Return the names of the client's default scopes, or of those that it gets when it asks for them."""
    return metadata.default_scope.split() if kind == DEFAULT else list_optional_scopes(metadata)


def find_assignment(metadata: ClientMetadata, name: str) -> str:
    """Return how the client has the scope: default, optional, or not at all, which is empty."""
    return next((kind for kind in (DEFAULT, OPTIONAL) if name in list_assigned_scopes(metadata, kind)), "")


def assign_scope(current: ClientMetadata, name: str, kind: str) -> dict[str, Any]:
    """Return the members for a client that has the scope as *kind* says, and all others as before; empty takes it away."""
    default = [known for known in current.default_scope.split() if known != name] + [name] * (kind == DEFAULT)
    others = [known for known in (*list_optional_scopes(current), *current.default_scope.split()) if known != name]
    return merge_scopes(current, default=default, names=[*others, *([name] if kind else [])])


def merge_scopes(current: ClientMetadata, *, default: Sequence[str], names: Sequence[str]) -> dict[str, Any]:
    """Return the members for a client that may have the scopes *names*, of which it gets *default* without asking."""
    known = current.scope.split()
    kept = [name for name in known if name == _OPENID or name in names]
    scope = dict.fromkeys((*kept, *names))
    return {"scope": " ".join(scope), "default_scope": " ".join(dict.fromkeys(default))}
