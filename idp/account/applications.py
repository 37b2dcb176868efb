"""The applications that know the person, and how to part with one (ASVS 5 sections 10.4.9 and 10.7.3)."""

from starlette.responses import Response

from idp.account.member import Member
from idp.account.page import render_account_page
from idp.errors import NotFound
from idp.events.tags import Tag
from idp.models import Client
from idp.oidc.application_link import build_application_link
from idp.users.connected_applications import list_connected_applications
from idp.users.consents import revoke_consent
from idp.web.csrf import verify_csrf_token
from idp.web.exchange import Exchange
from idp.web.pages import see_other


def show_applications(exchange: Exchange, member: Member) -> Response:
    """Show what each application may know."""
    applications = [
        {
            "title": found.title,
            "url": build_application_link(exchange, found.client_id) if found.opens else "",
            "scopes": found.scopes,
            "claims": found.claims,
            "since": found.since,
            "offline": found.offline,
            "remove_url": exchange.url(f"/account/applications/{found.id}/remove"),
        }
        for found in list_connected_applications(exchange.session, exchange.services.clock, member.user.id)
    ]
    removed = exchange.query.get("removed", "") == "yes"
    return render_account_page(exchange, member, "applications", applications=applications, removed=removed)


def remove_application(exchange: Exchange, member: Member) -> Response:
    """Take back what the application was allowed, and end its tokens."""
    verify_csrf_token(exchange)
    client = exchange.session.get(Client, exchange.path_params["client"])
    if client is None or client.realm_id != exchange.realm.id:
        raise NotFound("there is no such application")
    revoke_consent(exchange.session, exchange.services.clock, user_id=member.user.id, client_id=client.id)
    exchange.record(
        Tag.CONSENT_REVOKED, user_id=member.user.id, client_id=client.client_id, session_id=member.session.id
    )
    return see_other(exchange.url("/account/applications?removed=yes"))
