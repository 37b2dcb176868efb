"""What somebody may take out of a realm over HTTP: no more than they may look at, and never its secrets."""

from idp.errors import NotPermitted
from idp.models import Realm
from idp.transfer.exporting import Contents
from idp.users.authority import Authority


def list_missing_roles(authority: Authority, realm: Realm, contents: Contents) -> list[str]:
    """Return the roles that the parts need and the caller lacks; that the realm's settings may be taken is seen to before."""
    needed = {
        "view-clients": contents.clients,
        "view-users": contents.users or contents.groups_and_roles,
    }
    return [role for role, asked in needed.items() if asked and not authority.holds(realm.id, role)]


def verify_may_export(authority: Authority, realm: Realm, contents: Contents) -> None:
    """Raise `NotPermitted` unless the caller may view each part."""
    missing = list_missing_roles(authority, realm, contents)
    if missing:
        raise NotPermitted(f"an export with these parts needs {', '.join(missing)}")
