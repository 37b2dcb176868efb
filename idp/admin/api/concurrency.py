"""Two administrators do not overwrite each other: entity tags and If-Match (RFC 9110 section 13.1.1).

A tag is made of the representation itself, so that a change by whatever way - the dashboard, the command line - makes another one.
Who sends no If-Match overwrites, as Keycloak's clients do.
"""

import hashlib
import json
from typing import Any, TypeVar

from pydantic import BaseModel
from sqlalchemy import update

from idp.admin.api.answers import Tagged, plain
from idp.admin.api.call import Call
from idp.errors import IdpError, NotFound
from idp.models import Client, Realm, TrustAnchor, User

_IF_MATCH = "if-match"
E = TypeVar("E", User, Client, Realm, TrustAnchor)


class PreconditionFailed(IdpError):
    """The caller has seen another state than there is."""


def tag(representation: BaseModel) -> Tagged:
    """Return the representation with its tag."""
    return Tagged(representation, build_etag(representation))


def build_etag(representation: BaseModel) -> str:
    """Return the strong tag of a representation."""
    content = json.dumps(plain(representation), sort_keys=True, separators=(",", ":"))
    return f'"{hashlib.sha256(content.encode()).hexdigest()[:32]}"'


def verify_unchanged(call: Call, representation: BaseModel) -> None:
    """Raise `PreconditionFailed` where the request has an If-Match and none of its tags is the representation's."""
    wanted = _read_condition(call)
    if wanted is None:
        return
    call.conditions_met.append(_IF_MATCH)
    if build_etag(representation) not in [part.strip() for part in wanted.split(",")]:
        raise PreconditionFailed("changed meanwhile")


def verify_condition_was_met(call: Call) -> None:
    """Raise `PreconditionFailed` where the request has an If-Match of which the handler knew nothing: no tag could be meant."""
    if _read_condition(call) is not None and _IF_MATCH not in call.conditions_met:
        raise PreconditionFailed("this has no tag")


def _read_condition(call: Call) -> str | None:
    wanted = call.exchange.headers.get(_IF_MATCH)
    return None if wanted is None or wanted.strip() == "*" else wanted


def hold(call: Call, row: E) -> E:
    """Hold the row until the transaction ends, and read it anew: others who change it wait. Raise `NotFound` where it is gone.

    An UPDATE that changes nothing, as SQLite has no SELECT FOR UPDATE and takes its lock with the first write.
    """
    entity: Any = type(row)
    statement = update(entity).where(entity.id == row.id).values(enabled=entity.enabled)
    held: Any = call.session.execute(statement.execution_options(synchronize_session=False))
    if not held.rowcount:
        raise NotFound("it was deleted a moment ago")
    call.session.refresh(row)
    return row
