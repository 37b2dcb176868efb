"""Who needs a certificate, for how long, and what happens when it is gone: the settings of several groups on one page."""

from datetime import datetime

from starlette.responses import Response

from idp.admin.console.administrator import Administrator
from idp.admin.console.page import render_console_page
from idp.admin.console.policy import ConsolePage
from idp.clients.demanding import list_clients_with_certificate
from idp.pki.holders import Holders, count_holders
from idp.realms.changes import SETTINGS, describe_realm
from idp.storage.cache import MomentaryCache
from idp.users.group_policy import list_demanding_groups
from idp.web.exchange import Exchange
from idp.web.services import Services

_GROUPS = {
    "certificates": (
        "certificate_policy",
        "certificate_first",
        "certificate_lifetime",
        "certificate_limit",
        "certificate_renewal_window",
        "certificate_overlap",
        "reenrolment_after_expiry",
    ),
    "recovery": ("enrolment_by_mail", "recovery_by_mail"),
    "passwords": ("max_login_failures", "lock_increment", "max_lock"),
}


class Policies:
    """The page; what it says of very many people is counted every five minutes at most, however many look."""

    def __init__(self, services: Services) -> None:
        self._services = services
        self.holders = MomentaryCache(self._count, lifetime=300)

    def show(self, exchange: Exchange, administrator: Administrator) -> Response:
        """Show what is set, whom it concerns, and where it is changed."""
        session, realm = exchange.session, administrator.realm
        values = describe_realm(realm)
        groups = {
            group: {
                "url": administrator.url(f"settings/{group}"),
                "settings": [{"name": name, "kind": SETTINGS[name].kind, "value": values[name]} for name in names],
            }
            for group, names in _GROUPS.items()
        }
        counted_at, holders = self.holders.get(realm.id)
        return render_console_page(
            exchange,
            administrator,
            "certificate_policies",
            groups=groups,
            clients=list_clients_with_certificate(session, realm.id),
            demanding=[
                (one.name, administrator.url(f"groups/{one.id}")) for one in list_demanding_groups(session, realm.id)
            ],
            holders=holders,
            counted_at=counted_at,
            policy=realm.certificate_policy,
        )

    def _count(self, realm_id: str) -> tuple[datetime, Holders]:
        clock = self._services.clock
        with self._services.database.transaction() as session:
            return clock.now(), count_holders(session, clock, realm_id)


def build_pages(services: Services) -> tuple[ConsolePage, ...]:
    """Return the page with its memory."""
    return (ConsolePage(path="certificate-policies", view="view-certificates", show=Policies(services).show),)
