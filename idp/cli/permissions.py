"""Roles that administer, as commands give them to people and to clients."""

from collections.abc import Sequence
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from idp.cli.workbench import Workbench
    from idp.models import Client, Realm, User

ROLES_HELP = "realm-admin, manage-users, view-users, …; in master also admin, create-realm, and staff:view-users for another realm."


def give_permissions(bench: "Workbench", realm: "Realm", account: "User", names: Sequence[str]) -> None:
    """Give the account the roles of these names, and note it; raise `NotFound`."""
    from idp.events.tags import Tag
    from idp.users.management_roles import get_permission
    from idp.users.role_mappings import give_roles

    give_roles(bench.session, account.id, [get_permission(bench.session, realm, name) for name in names])
    bench.record(Tag.USER_ROLES_GIVEN, realm, username=account.username, roles=list(names))


def ensure_account_of_client(bench: "Workbench", client: "Client") -> "User":
    """Return the account by which the client administers in its own name, made where there is none."""
    from idp.users.passwords import Argon2Parameters, PasswordHasher
    from idp.users.service_accounts import ensure_service_account

    settings = bench.settings
    parameters = Argon2Parameters(settings.argon2_memory_kib, settings.argon2_iterations, settings.argon2_lanes)
    return ensure_service_account(bench.session, PasswordHasher(parameters), bench.clock, client)
