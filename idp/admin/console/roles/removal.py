"""A role is deleted, whoever has it: after its name was typed."""

from starlette.responses import Response

from idp.admin.console.administrator import Administrator
from idp.admin.console.named import describe_named
from idp.admin.console.refusal import OWN, render_refusal
from idp.admin.console.roles.place import Place, render_role
from idp.events.tags import Tag
from idp.models import Role
from idp.users.newcomers import is_default_role
from idp.users.role_changes import delete_role
from idp.users.role_search import count_holders
from idp.web.exchange import Exchange


def show_delete(exchange: Exchange, administrator: Administrator, place: Place, role: Role) -> Response:
    """Ask."""
    return _refuse_default(exchange, administrator, place, role) or _render(exchange, administrator, place, role)


def submit_delete(exchange: Exchange, administrator: Administrator, place: Place, role: Role) -> Response:
    """Delete the role, if its name was typed."""
    refusal = _refuse_default(exchange, administrator, place, role)
    if refusal is not None:
        return refusal
    if exchange.form.get("confirmation", "") != role.name:
        return _render(exchange, administrator, place, role, status=422)
    resource, before = f"roles-by-id/{role.id}", describe_named(role)
    administrator.record(Tag.ROLE_DELETED, client_id=place.client_id, before=before, resource=resource)
    delete_role(exchange.session, administrator.realm, role)
    return administrator.done(place.path, "role_deleted")


def _refuse_default(exchange: Exchange, administrator: Administrator, place: Place, role: Role) -> Response | None:
    if not is_default_role(administrator.realm, role):
        return None
    back = place.url(f"/{role.id}")
    return render_refusal(exchange, administrator, section="roles", title=role.name, back=back, reason=OWN)


def _render(
    exchange: Exchange, administrator: Administrator, place: Place, role: Role, *, status: int = 200
) -> Response:
    people, groups = count_holders(exchange.session, role.id)
    errors = {"confirmation": "mismatch"} if status == 422 else {}
    return render_role(
        exchange,
        administrator,
        place,
        role,
        "role_delete",
        status=status,
        people=people,
        groups=groups,
        errors=errors,
    )
