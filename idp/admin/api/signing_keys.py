"""The keys that sign a realm's tokens: ``/realms/{realm}/keys``, and of our own to rotate and to revoke them."""

from typing import Annotated

from pydantic import Field

from idp.admin.api.call import Call
from idp.admin.api.policies import InRealm
from idp.admin.api.representation import Representation, milliseconds, optional_milliseconds
from idp.admin.api.resource import Resource
from idp.errors import InvalidInput
from idp.events.tags import Tag
from idp.keys.algorithms import ALGORITHMS
from idp.keys.description import KeyDescription, PublicKey, describe_keys, list_public_keys
from idp.keys.signing_keys import revoke_signing_keys, rotate_signing_keys

signing_keys = Resource("Keys")
_KEYS = "/realms/{realm}/keys"
_STATUS = {"active": "ACTIVE", "next": "PASSIVE", "retired": "PASSIVE", "revoked": "DISABLED"}
Names = Annotated[list[Annotated[str, Field(max_length=64)]], Field(max_length=100)]


class KeyRepresentation(Representation):
    """A key; `publicKey` is its SubjectPublicKeyInfo in base64. `ownStatus` tells next from retired."""

    kid: str
    type: str
    algorithm: str
    status: str
    ownStatus: str
    use: str = "SIG"
    publicKey: str
    providerId: str = "database"
    providerPriority: int = 100
    sinceDate: int
    untilDate: int | None = None


class KeysMetadataRepresentation(Representation):
    """The realm's keys, and which of them signs, by algorithm."""

    active: dict[str, str]
    keys: list[KeyRepresentation]


class RotationRepresentation(Representation):
    """Which algorithms; all where there are none."""

    algorithms: Names = Field(default_factory=lambda: list(ALGORITHMS))


class RevocationRepresentation(Representation):
    """Which keys, or every one."""

    kids: Names = Field(default_factory=list)
    all: bool = False


@signing_keys.get(_KEYS, InRealm("view-realm"))
def list_keys(call: Call) -> KeysMetadataRepresentation:
    """Return the keys. There are no certificates for them: applications know them from the key set."""
    known = describe_keys(call.session, call.services.clock, call.realm.id)
    public = list_public_keys(call.session, call.realm.id)
    return KeysMetadataRepresentation(
        active={key.algorithm: key.kid for key in known if key.status == "active"},
        keys=[_describe(key, public[key.kid]) for key in known],
    )


@signing_keys.post(f"{_KEYS}/rotate", InRealm("manage-realm"), status=200)
def rotate(call: Call, wanted: RotationRepresentation | None = None) -> KeysMetadataRepresentation:
    """Sign with the next keys; the old ones stay published. 409 while somebody might not know one of the next."""
    services, algorithms = call.services, (wanted or RotationRepresentation()).algorithms
    rows = rotate_signing_keys(call.session, services.cipher, services.clock, call.realm.id, algorithms=algorithms)
    services.keyrings.clear()
    call.record(Tag.KEYS_ROTATED, "keys/rotate", after={"kids": [row.kid for row in rows]})
    call.session.flush()
    return list_keys(call)


@signing_keys.post(f"{_KEYS}/revoke", InRealm("manage-realm"), status=200)
def revoke(call: Call, wanted: RevocationRepresentation) -> KeysMetadataRepresentation:
    """Withdraw keys that somebody else may have, with every token that they signed; the next keys sign instead."""
    if wanted.all is bool(wanted.kids):
        raise InvalidInput(kids="Name some, or say all.")
    services, kids = call.services, None if wanted.all else wanted.kids
    outcome = revoke_signing_keys(call.session, services.cipher, services.clock, call.realm.id, kids)
    services.keyrings.clear()
    after = {"kids": [row.kid for row in outcome.revoked], "activated": [row.kid for row in outcome.activated]}
    call.record(Tag.KEYS_REVOKED, "keys/revoke", after=after)
    call.session.flush()
    return list_keys(call)


def _describe(key: KeyDescription, public: PublicKey) -> KeyRepresentation:
    return KeyRepresentation(
        kid=key.kid,
        type=public.kind,
        algorithm=key.algorithm,
        status=_STATUS[key.status],
        ownStatus=key.status,
        publicKey=public.der_base64,
        sinceDate=milliseconds(key.since),
        untilDate=optional_milliseconds(key.until),
    )
