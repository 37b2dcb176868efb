"""A realm's certificate authorities and the profile of what they issue: ``/realms/{realm}/certificate-authority``.

The root's private key is not told here: `idp ca export` writes it, for whoever has the server.
"""

from idp.admin.api.answers import Tagged
from idp.admin.api.authority_representation import AuthorityRepresentation, ChainRepresentation, describe_authority
from idp.admin.api.call import Call
from idp.admin.api.concurrency import hold, tag, verify_unchanged
from idp.admin.api.policies import InRealm
from idp.admin.api.resource import Resource
from idp.events.tags import Tag
from idp.pki.authorities import get_authority, list_issuing_authorities, list_roots
from idp.pki.corporate_root import list_requests
from idp.pki.profile_settings import ProfileSettings
from idp.pki.profiles import profile_for, set_profile

authority = Resource("Certificate authority")
VIEW, MANAGE = InRealm("view-certificates"), InRealm("manage-certificates")
PATH = "/realms/{realm}/certificate-authority"


@authority.get(PATH, VIEW)
def read_chain(call: Call) -> ChainRepresentation:
    """Return the authorities, the issuing ones before the roots and the oldest first."""
    session, realm_id = call.session, call.realm.id
    rows = [*list_issuing_authorities(session, realm_id), *list_roots(session, realm_id)]
    return ChainRepresentation(
        authorities=[describe_authority(session, row) for row in rows],
        requestPending=bool(list_requests(session, realm_id)),
    )


@authority.get(f"{PATH}/profile", VIEW, model=ProfileSettings)
def read_profile(call: Call) -> Tagged:
    """Return what people's certificates are made of."""
    return tag(profile_for(call.realm).settings)


@authority.put(f"{PATH}/profile", MANAGE)
def change_profile(call: Call, profile: dict[str, object]) -> None:
    """Change it to what is given; all else is the default. Certificates that were issued stay as they are."""
    realm = hold(call, call.realm)
    verify_unchanged(call, profile_for(realm).settings)
    before = profile_for(realm).settings.model_dump(mode="json")
    set_profile(realm, profile)
    after = profile_for(realm).settings.model_dump(mode="json")
    call.record(Tag.REALM_CHANGED, "certificate-authority/profile", before=before, after=after)


@authority.get(f"{PATH}/{{authority_id}}", VIEW)
def read(call: Call, authority_id: str) -> AuthorityRepresentation:
    """Return one authority."""
    return describe_authority(call.session, get_authority(call.session, call.realm.id, authority_id))
