"""The pages for people, with the role that each takes."""

from idp.admin.console.people import (
    actions,
    belongings,
    bulk,
    create,
    details,
    impersonate,
    invitations,
    listing,
    overview,
    rescue,
)
from idp.admin.console.people.person import PersonHandler, for_manageable_person, for_person
from idp.admin.console.policy import ConsolePage
from idp.users.management_roles import IMPERSONATION

_VIEW, _MANAGE, _CERTIFICATES = "view-users", "manage-users", "manage-certificates"
_LARGEST_FILE = 1024 * 1024


def _button(path: str, submit: PersonHandler, *, role: str = _MANAGE) -> ConsolePage:
    """Return a page that is a button of the person's page."""
    return ConsolePage(path=path, view=_VIEW, manage=role, submit=for_manageable_person(submit))


def _form(path: str, show: PersonHandler, submit: PersonHandler, *, role: str = _MANAGE) -> ConsolePage:
    return ConsolePage(
        path=path,
        view=role,
        manage=role,
        show=for_manageable_person(show),
        submit=for_manageable_person(submit),
        recent=True,
    )


PAGES = (
    ConsolePage(path="users", view=_VIEW, manage=_MANAGE, show=listing.show_users, submit=bulk.confirm),
    ConsolePage(path="users/new", view=_MANAGE, manage=_MANAGE, show=create.show_create, submit=create.submit_create),
    ConsolePage(path="users/bulk", view=_MANAGE, manage=_MANAGE, submit=bulk.perform, after="users"),
    ConsolePage(path="users/bulk/{report}", view=_MANAGE, show=bulk.show_report),
    ConsolePage(
        path="users/import",
        view=_MANAGE,
        manage=_MANAGE,
        show=invitations.show_upload,
        submit=invitations.submit_upload,
        largest=_LARGEST_FILE,
    ),
    ConsolePage(
        path="users/import/{job}",
        view=_MANAGE,
        manage=_MANAGE,
        show=invitations.show_job,
        submit=invitations.continue_job,
    ),
    ConsolePage(path="users/import/{job}/report", view=_MANAGE, show=invitations.send_report),
    ConsolePage(path="users/{user}", view=_VIEW, show=for_person(overview.show_user)),
    _form("users/{user}/details", details.show_details, details.save_details),
    _form("users/{user}/password", rescue.show_password, rescue.set_password),
    _form("users/{user}/two-factor", rescue.show_two_factor, rescue.submit_two_factor),
    _form("users/{user}/impersonate", impersonate.show_impersonate, impersonate.submit_impersonate, role=IMPERSONATION),
    _form("users/{user}/delete", rescue.show_delete, rescue.submit_delete),
    _form(
        "users/{user}/certificates/{certificate}/revoke", rescue.show_revoke, rescue.submit_revoke, role=_CERTIFICATES
    ),
    _button("users/{user}/certificates/{certificate}/remind", actions.submit_reminder, role=_CERTIFICATES),
    ConsolePage(
        path="users/{user}/roles",
        view=_VIEW,
        manage=_MANAGE,
        show=for_person(belongings.show_roles),
        submit=belongings.for_belongings("roles", belongings.submit_roles),
        recent=True,
    ),
    _button("users/{user}/sessions", actions.submit_sessions),
    _button("users/{user}/unlock", actions.submit_unlock),
    _button("users/{user}/mails", actions.submit_mail),
)
