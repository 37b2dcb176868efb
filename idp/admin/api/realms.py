"""Realms: ``/realms``."""

from collections.abc import Mapping
from typing import Any

from pydantic import ValidationError

from idp.admin.api.answers import Created, Tagged, plain
from idp.admin.api.call import Call
from idp.admin.api.changes import describe_change
from idp.admin.api.concurrency import hold, tag, verify_unchanged
from idp.admin.api.partial_import import take_into
from idp.admin.api.policies import AnyAdministrator, AnyRoleInRealm, CreatesRealms, InRealm
from idp.admin.api.realm_representation import (
    RealmRepresentation,
    describe_realm_briefly,
    describe_realm_fully,
    read_settings,
)
from idp.admin.api.resource import Resource
from idp.admin.importing import LARGEST, Wanted, read_document, verify_nothing_failed
from idp.errors import InvalidInput
from idp.events.tags import Tag
from idp.models import MASTER, Realm
from idp.provisioning import provision_realm
from idp.realms.changes import change_realm
from idp.realms.keycloak_names import rename_problems
from idp.realms.realms import delete_realm, list_realms
from idp.transfer.job import OnConflict
from idp.users.management_roles import REALM_ADMIN, find_management_role
from idp.users.role_mappings import give_roles

realms = Resource("Realms")


@realms.get("/realms", AnyAdministrator())
def list_all(call: Call, briefRepresentation: bool = False) -> list[RealmRepresentation]:
    """Return the realms in which the caller has any permission."""
    mine = [realm for realm in list_realms(call.session) if call.caller.authority.reaches(realm.id)]
    return [_describe(call, realm, brief=briefRepresentation) for realm in mine]


@realms.post("/realms", CreatesRealms(), status=201, largest=LARGEST, document=RealmRepresentation)
def create(call: Call) -> Created:
    """Make a realm with keys, authorities and all that is in the representation: clients, scopes, roles, groups, users.

    It is disabled unless `enabled` says otherwise, as with Keycloak. If anything in it cannot be taken, there is no realm.
    """
    files, parts = read_document(call.content)
    representation = _read_representation(parts.members)
    if not representation.realm:
        raise InvalidInput(realm="A name is needed.")
    services = call.services
    realm = provision_realm(
        call.session,
        services.cipher,
        services.clock,
        public_url=services.settings.public_url,
        name=representation.realm,
        published_at=services.settings.published_at,
        authority_keys=services.authority_keys,
    )
    realm.enabled = False
    _change(realm, representation)
    _let_creator_administer(call, realm)
    call.session.flush()
    _take_parts(call, realm, Wanted(files, parts, OnConflict.UPDATE))
    change = describe_change(None, plain(describe_realm_fully(realm)))
    call.record_at(realm.id, Tag.REALM_CREATED, f"realms/{realm.name}", change)
    return Created(call.url(f"/realms/{realm.name}"))


@realms.get("/realms/{realm}", AnyRoleInRealm(), model=RealmRepresentation)
def read(call: Call) -> Tagged:
    """Return the realm: its settings to those who may view them, its name to all its administrators."""
    return tag(_describe(call, call.realm))


@realms.put("/realms/{realm}", InRealm("manage-realm"))
def update(call: Call, representation: RealmRepresentation) -> None:
    """Change the settings that are there. The name stands in every token and address, and stays."""
    realm = hold(call, call.realm)
    before = describe_realm_fully(realm)
    verify_unchanged(call, before)
    if representation.realm not in {None, realm.name}:
        raise InvalidInput(realm="A realm keeps its name.")
    if representation.enabled is False and realm.name == MASTER:
        raise InvalidInput(enabled="Without this realm nobody could administer.")
    _change(realm, representation)
    call.session.flush()
    after = plain(describe_realm_fully(realm))
    call.record(Tag.REALM_CHANGED, f"realms/{realm.name}", before=plain(before), after=after)


@realms.delete("/realms/{realm}", InRealm("manage-realm"))
def delete(call: Call) -> None:
    """Delete the realm with everything in it. That is told in the realm of whoever did it, unless it is the same."""
    realm = hold(call, call.realm)
    before = describe_realm_fully(realm)
    verify_unchanged(call, before)
    delete_realm(call.session, realm)
    survivor = call.caller.realm_id if call.caller.realm_id != realm.id else None
    call.record_at(survivor, Tag.REALM_DELETED, f"realms/{realm.name}", describe_change(plain(before), None))


def _describe(call: Call, realm: Realm, *, brief: bool = False) -> RealmRepresentation:
    if brief or not call.caller.authority.holds(realm.id, "view-realm"):
        return describe_realm_briefly(realm)
    return describe_realm_fully(realm)


def _change(realm: Realm, representation: RealmRepresentation) -> None:
    try:
        change_realm(realm, read_settings(representation))
    except InvalidInput as error:
        raise rename_problems(error) from error


def _read_representation(members: Mapping[str, Any]) -> RealmRepresentation:
    """Return the settings; raise `InvalidInput`."""
    try:
        return RealmRepresentation.model_validate({**members})
    except ValidationError as error:
        problems = {".".join(map(str, problem["loc"]))[:255]: problem["msg"] for problem in error.errors()}
        raise InvalidInput(**problems) from error


def _take_parts(call: Call, realm: Realm, wanted: Wanted) -> None:
    """Take in what the realm is to have from the beginning: whoever made it has every permission in it.

    What a new realm has of its own is brought up to what the representation says.
    """
    if wanted.is_empty:
        return
    verify_nothing_failed(take_into(call, realm, wanted))


def _let_creator_administer(call: Call, realm: Realm) -> None:
    """Give whoever may create realms, and no more, this one."""
    if call.caller.authority.everything:
        return
    role_id = find_management_role(call.session, home=call.caller.realm_id, managed=realm.id, name=REALM_ADMIN)
    if role_id is not None:
        give_roles(call.session, call.caller.user_id, [role_id])
