"""The pages for client scopes, with the role that each takes."""

from idp.admin.console.client_lookup import for_client
from idp.admin.console.mapper_form import save_mapper, show_mapper, show_mappers
from idp.admin.console.policy import ConsolePage
from idp.admin.console.scopes import assignment, details, listing, removal
from idp.admin.console.scopes.mappers import of_scope
from idp.admin.console.scopes.scope import for_changeable_scope, for_scope

_VIEW, _MANAGE = "view-clients", "manage-clients"

PAGES = (
    ConsolePage(path="scopes", view=_VIEW, show=listing.show_scopes),
    ConsolePage(path="scopes/new", view=_MANAGE, manage=_MANAGE, show=details.show_new, submit=details.submit_new),
    ConsolePage(
        path="scopes/{scope}",
        view=_VIEW,
        manage=_MANAGE,
        show=for_scope(details.show_scope),
        submit=for_changeable_scope(details.save_scope),
    ),
    ConsolePage(path="scopes/{scope}/mappers", view=_VIEW, show=for_scope(of_scope(show_mappers))),
    ConsolePage(
        path="scopes/{scope}/mappers/edit",
        view=_MANAGE,
        manage=_MANAGE,
        show=for_changeable_scope(of_scope(show_mapper)),
        submit=for_changeable_scope(of_scope(save_mapper)),
        recent=True,
    ),
    ConsolePage(
        path="scopes/{scope}/delete",
        view=_MANAGE,
        manage=_MANAGE,
        show=for_changeable_scope(removal.show_delete),
        submit=for_changeable_scope(removal.submit_delete),
        recent=True,
    ),
    ConsolePage(
        path="clients/{client}/scopes",
        view=_VIEW,
        manage=_MANAGE,
        show=for_client(assignment.show_assignment),
        submit=assignment.for_assignment(assignment.submit_assignment),
    ),
)
