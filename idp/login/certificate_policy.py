"""Whether somebody needs a certificate, as far as the realm and groups say."""

from idp.users.group_policy import find_certificate_policy
from idp.web.exchange import Exchange


def certificate_policy_of(exchange: Exchange, user_id: str) -> str:
    """Return ``off``, ``optional`` or ``required``; where groups demand nothing, without a session or a statement."""
    realm = exchange.realm
    if not realm.groups_require_certificate:
        return realm.certificate_policy
    return find_certificate_policy(exchange.session, realm, user_id)
