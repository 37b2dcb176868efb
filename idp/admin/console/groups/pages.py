"""The pages for groups, with the role that each takes."""

from idp.admin.console.groups import details, mappings, members, moving, removal, tree
from idp.admin.console.groups.group import for_changeable_group, for_group
from idp.admin.console.people.belongings import for_belongings
from idp.admin.console.people.person import for_person
from idp.admin.console.policy import ConsolePage

_VIEW, _MANAGE = "view-users", "manage-users"

PAGES = (
    ConsolePage(path="groups", view=_VIEW, show=tree.show_groups),
    ConsolePage(path="groups/new", view=_MANAGE, manage=_MANAGE, show=details.show_new, submit=details.submit_new),
    ConsolePage(path="groups/{group}", view=_VIEW, show=for_group(tree.show_group)),
    ConsolePage(
        path="groups/{group}/members",
        view=_VIEW,
        manage=_MANAGE,
        show=for_group(members.show_members),
        submit=for_group(members.submit_members),
        recent=True,
    ),
    ConsolePage(
        path="groups/{group}/roles",
        view=_VIEW,
        manage=_MANAGE,
        show=for_group(mappings.show_roles),
        submit=for_changeable_group(mappings.submit_roles),
        recent=True,
    ),
    ConsolePage(
        path="groups/{group}/settings",
        view=_VIEW,
        manage=_MANAGE,
        show=for_group(details.show_settings),
        submit=for_changeable_group(details.save_settings),
    ),
    ConsolePage(
        path="groups/{group}/default",
        view=_VIEW,
        manage="manage-realm",
        submit=for_changeable_group(details.switch_default),
    ),
    ConsolePage(
        path="groups/{group}/certificates",
        view=_VIEW,
        manage=_MANAGE,
        submit=for_changeable_group(details.switch_certificates),
        recent=True,
        after="groups",
    ),
    ConsolePage(
        path="groups/{group}/move",
        view=_MANAGE,
        manage=_MANAGE,
        show=for_changeable_group(moving.show_move),
        submit=for_changeable_group(moving.submit_move),
    ),
    ConsolePage(
        path="groups/{group}/delete",
        view=_MANAGE,
        manage=_MANAGE,
        show=for_changeable_group(removal.show_delete),
        submit=for_changeable_group(removal.submit_delete),
        recent=True,
    ),
    ConsolePage(
        path="users/{user}/groups",
        view=_VIEW,
        manage=_MANAGE,
        show=for_person(members.show_groups_of),
        submit=for_belongings("groups", members.submit_groups_of),
        recent=True,
    ),
)
