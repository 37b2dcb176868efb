"""Tell a client that a session has ended (OpenID Connect Back-Channel Logout 1.0 section 2.5)."""

from idp.clients.registration import ClientRegistration, build_registration
from idp.errors import IdpError, NotFound
from idp.fetching.errors import FetchError
from idp.models import Client, LogoutNotice, Realm
from idp.oidc.logout_tokens import issue_logout_token
from idp.web.services import Services

_MAX_ANSWER_BYTES = 65_536


class LogoutNotTold(IdpError):
    """The client was not told, or does not say that it has understood; with *permanent*, it does not want to be told."""

    def __init__(self, text: str, *, permanent: bool = False) -> None:
        super().__init__(text)
        self.permanent = permanent


def tell_client(services: Services, notice: LogoutNotice) -> None:
    """Post a fresh logout token to the client of *notice*; raise `LogoutNotTold` unless it answers with success.

    A redirect is no success, and 400 says that the client could not log out (section 2.8): all are worth another try.
    """
    client, issuer = _find_client(services, notice)
    try:
        token = issue_logout_token(
            services, client, issuer=issuer, user_id=notice.user_id, session_id=notice.session_id
        )
        answer = services.fetcher.post(
            client.backchannel_logout_uri, {"logout_token": token}, max_bytes=_MAX_ANSWER_BYTES
        )
    except (FetchError, NotFound) as error:
        raise LogoutNotTold(str(error)) from error
    if not 200 <= answer.status < 300:
        raise LogoutNotTold(f"the answer has status {answer.status}")


def _find_client(services: Services, notice: LogoutNotice) -> tuple[ClientRegistration, str]:
    with services.database.transaction() as session:
        row, realm = session.get(Client, notice.client_id), session.get(Realm, notice.realm_id)
        if row is None or realm is None or not row.enabled or not row.backchannel_logout_uri:
            raise LogoutNotTold("the client no longer wants to be told", permanent=True)
        client = build_registration(row, services.cipher)
    return client, f"{services.settings.public_url}/realms/{realm.name}"
