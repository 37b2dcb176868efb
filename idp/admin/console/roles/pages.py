"""The pages for roles, with the role that each takes: for the realm's own, and the same for those of an application."""

from collections.abc import Iterator

from idp.admin.console.policy import ConsolePage
from idp.admin.console.roles import details, holders, listing, parts, removal
from idp.admin.console.roles.place import for_changeable_role, for_place, for_role


def _list_pages(path: str, view: str, manage: str) -> Iterator[ConsolePage]:
    """Yield the pages of the roles whose list is at *path*."""
    role = f"{path}/{{role}}"
    yield ConsolePage(path=path, view=view, show=for_place(listing.show_roles))
    yield ConsolePage(
        path=f"{path}/new",
        view=manage,
        manage=manage,
        show=for_place(details.show_new),
        submit=for_place(details.submit_new),
    )
    yield ConsolePage(
        path=role,
        view=view,
        manage=manage,
        show=for_role(details.show_role),
        submit=for_changeable_role(details.save_role),
    )
    yield ConsolePage(
        path=f"{role}/parts",
        view=view,
        manage=manage,
        show=for_role(parts.show_parts),
        submit=for_changeable_role(parts.submit_parts),
        recent=True,
    )
    yield ConsolePage(path=f"{role}/holders", view=view, show=for_role(holders.show_holders))
    yield ConsolePage(
        path=f"{role}/delete",
        view=manage,
        manage=manage,
        show=for_changeable_role(removal.show_delete),
        submit=for_changeable_role(removal.submit_delete),
        recent=True,
    )


PAGES = (
    *_list_pages("roles", "view-realm", "manage-realm"),
    *_list_pages("clients/{client}/roles", "view-clients", "manage-clients"),
)
