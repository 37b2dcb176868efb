"""Foreign authorities whose certificates people may sign in with: ``/realms/{realm}/trust-anchors``.

An anchor whose certificates name their owners decides who somebody is. Whoever adds, changes or enables one has to have every
permission that an account of the realm may have.
"""

from datetime import timedelta
from io import BytesIO

from idp.admin.anchor_authority import verify_may_trust
from idp.admin.api.answers import Created, Tagged, plain
from idp.admin.api.call import Call
from idp.admin.api.concurrency import hold, tag, verify_unchanged
from idp.admin.api.policies import InRealm
from idp.admin.api.resource import Resource
from idp.admin.api.trust_anchor_representation import (
    LIST_CHARACTERS,
    PEM_CHARACTERS,
    ListUploadRepresentation,
    StatusRepresentation,
    TakenInRepresentation,
    TrustAnchorRepresentation,
    describe_anchor,
    describe_holdings,
)
from idp.errors import InvalidInput
from idp.events.tags import Tag
from idp.models import TrustAnchor
from idp.pki.anchor_settings import read_anchor_settings
from idp.pki.foreign_revocation.errors import ListRefused
from idp.pki.foreign_revocation.holdings import find_holdings
from idp.pki.foreign_revocation.list_sources import read_revocation_settings
from idp.pki.foreign_revocation.refreshing import upload_list
from idp.pki.names import printable
from idp.pki.trust_anchors import (
    add_anchor,
    change_anchor,
    count_bound,
    get_anchor_by_id,
    list_anchors,
    read_settings,
    remove_anchor,
    replace_chain,
    switch_anchor,
)
from idp.sessions.sessions import end_sessions_under_anchor

trust_anchors = Resource("Trust anchors")
VIEW, MANAGE = InRealm("view-certificates"), InRealm("manage-certificates")
_ANCHORS = "/realms/{realm}/trust-anchors"
_ONE = f"{_ANCHORS}/{{anchor_id}}"
_LARGEST = 2 * PEM_CHARACTERS


@trust_anchors.get(_ANCHORS, VIEW)
def list_all(call: Call) -> list[TrustAnchorRepresentation]:
    """Return the anchors, oldest first."""
    return [describe_anchor(row) for row in list_anchors(call.session, call.realm.id)]


@trust_anchors.post(_ANCHORS, MANAGE, status=201, largest=_LARGEST)
def add(call: Call, given: TrustAnchorRepresentation) -> Created:
    """Trust an authority; it is enabled unless `enabled` says otherwise."""
    row = add_anchor(
        call.session,
        call.services.clock,
        realm=hold(call, call.realm),
        name=given.name or "",
        pem=(given.chain or "").encode(),
        settings=read_anchor_settings(given.settings or {}),
    )
    row.enabled = given.enabled is not False
    _verify_may_decide(call, row)
    call.session.flush()
    path = f"trust-anchors/{row.id}"
    call.record(Tag.ANCHOR_ADDED, path, after=plain(describe_anchor(row)))
    return Created(call.realm_url(f"/{path}"))


@trust_anchors.get(_ONE, VIEW, model=TrustAnchorRepresentation)
def read(call: Call, anchor_id: str) -> Tagged:
    """Return an anchor."""
    return tag(describe_anchor(get_anchor_by_id(call.session, call.realm.id, anchor_id)))


@trust_anchors.put(_ONE, MANAGE, largest=_LARGEST)
def update(call: Call, anchor_id: str, given: TrustAnchorRepresentation) -> None:
    """Change what is there of `settings`, `chain` and `enabled`. Disabling ends the sessions that rest on it; its name stays."""
    row, session, clock = _hold(call, anchor_id), call.session, call.services.clock
    before = describe_anchor(row)
    verify_unchanged(call, before)
    if given.name not in {None, row.name}:
        raise InvalidInput(name="An anchor keeps its name.")
    settings = read_settings(row) if given.settings is None else read_anchor_settings(given.settings)
    changed = change_anchor(session, clock, row, settings)
    if given.chain not in {None, before.chain}:
        replace_chain(session, clock, row, (given.chain or "").encode())
    if given.enabled is not None and switch_anchor(session, clock, row, enabled=given.enabled) and not row.enabled:
        end_sessions_under_anchor(session, clock, row.id)
    if row.enabled or changed:
        _verify_may_decide(call, row)
    after = plain(describe_anchor(row))
    call.record(Tag.ANCHOR_CHANGED, f"trust-anchors/{row.id}", before=plain(before), after=after)


@trust_anchors.delete(_ONE, MANAGE)
def remove(call: Call, anchor_id: str) -> None:
    """Delete an anchor, the certificates that were bound under it, and the sessions that rest on them."""
    row = _hold(call, anchor_id)
    before = describe_anchor(row)
    verify_unchanged(call, before)
    end_sessions_under_anchor(call.session, call.services.clock, row.id)
    told = {**plain(before), "boundCertificates": count_bound(call.session, row)}
    remove_anchor(call.session, row)
    call.record(Tag.ANCHOR_REMOVED, f"trust-anchors/{anchor_id}", before=told)


@trust_anchors.get(f"{_ONE}/status", VIEW)
def read_status(call: Call, anchor_id: str) -> StatusRepresentation:
    """Return what is held of its authorities' revocation lists and OCSP answers."""
    row = get_anchor_by_id(call.session, call.realm.id, anchor_id)
    holdings = find_holdings(call.session, row, timedelta(seconds=read_revocation_settings(row).maximum_age))
    return describe_holdings(holdings, count_bound(call.session, row), call.services.clock.now())


@trust_anchors.post(f"{_ONE}/revocation-lists", MANAGE, status=200, largest=LIST_CHARACTERS + 65536)
def upload(call: Call, anchor_id: str, given: ListUploadRepresentation) -> TakenInRepresentation:
    """Take in a list of the anchor or of an authority below it. It is written bit by bit, so it stays whatever becomes of the call."""
    row = get_anchor_by_id(call.session, call.realm.id, anchor_id)
    try:
        taken = upload_list(call.services.foreign_means, row.id, BytesIO(given.list.encode()))
    except ListRefused as error:
        raise InvalidInput(list=f"The list is not taken in: {printable(str(error))[:200]}.") from error
    found = taken.found
    told = TakenInRepresentation(
        issuer=printable(found.issuer.subject.rfc4514_string())[:255],
        number=None if found.number is None else str(found.number),
        new=taken.new,
    )
    call.record(Tag.ANCHOR_LIST_UPLOADED, f"trust-anchors/{row.id}/revocation-lists", after=plain(told))
    return told


def _hold(call: Call, anchor_id: str) -> TrustAnchor:
    return hold(call, get_anchor_by_id(call.session, call.realm.id, anchor_id))


def _verify_may_decide(call: Call, row: TrustAnchor) -> None:
    verify_may_trust(call.caller.authority, call.realm, read_settings(row))
