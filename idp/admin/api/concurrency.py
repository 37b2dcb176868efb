"""Two administrators do not overwrite each other: entity tags and If-Match (RFC 9110 section 13.1.1).

A tag is made of the representation itself, so that a change by whatever way - the dashboard, the command line - makes another one.
Who sends no If-Match overwrites, as Keycloak's clients do.
"""

import hashlib
import json

from pydantic import BaseModel

from idp.admin.api.answers import Tagged, plain
from idp.admin.api.call import Call
from idp.errors import IdpError
from idp.storage.holding import E
from idp.storage.holding import hold as hold_row

_IF_MATCH = "if-match"


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
    """Hold the row until the transaction ends, and read it anew. Raise `NotFound` where it is gone."""
    return hold_row(call.session, row)
