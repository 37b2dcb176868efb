"""Mails to accounts: ``/realms/{realm}/users/{id}/{send-verify-email,execute-actions-email,reset-password-email}``.

Where the mail leads is ours to say: a `redirect_uri` of the caller is not followed, and links live as long as the realm has it.
"""

from collections.abc import Callable, Mapping

from idp.admin.api.call import Call
from idp.admin.api.lookup import get_manageable_user
from idp.admin.api.policies import InRealm
from idp.admin.api.resource import Resource
from idp.errors import InvalidInput
from idp.events.tags import Tag
from idp.login.forgotten_password import send_reset_mail
from idp.login.verify_email import send_verification_mail
from idp.models import User
from idp.users.changes import VERIFY_EMAIL
from idp.users.users import UPDATE_PASSWORD
from idp.web.exchange import Exchange

user_mails = Resource("Mails to users")
_USER = "/realms/{realm}/users/{user_id}"
_ACTIONS: Mapping[str, Callable[[Exchange, User], None]] = {
    UPDATE_PASSWORD: send_reset_mail,
    VERIFY_EMAIL: send_verification_mail,
}


@user_mails.put(f"{_USER}/send-verify-email", InRealm("manage-users"))
def send_verify_email(call: Call, user_id: str) -> None:
    """Send a link that confirms the account's address."""
    _send(call, user_id, [VERIFY_EMAIL])


@user_mails.put(f"{_USER}/execute-actions-email", InRealm("manage-users"))
def execute_actions_email(call: Call, user_id: str, actions: list[str]) -> None:
    """Send a link for each action."""
    _send(call, user_id, actions)


@user_mails.put(f"{_USER}/reset-password-email", InRealm("manage-users"))
def reset_password_email(call: Call, user_id: str) -> None:
    """Send a link that sets a new password."""
    _send(call, user_id, [UPDATE_PASSWORD])


def _send(call: Call, user_id: str, actions: list[str]) -> None:
    user = get_manageable_user(call, user_id)
    unknown = [action for action in actions if action not in _ACTIONS]
    if unknown or not actions:
        raise InvalidInput(actions=f"There are {', '.join(_ACTIONS)}.")
    if not user.email:
        raise InvalidInput(email="The account has no e-mail address.")
    if not user.enabled:
        raise InvalidInput(enabled="The account is disabled.")
    exchange = call.at_realm()
    for action in dict.fromkeys(actions):
        _ACTIONS[action](exchange, user)
    call.record(Tag.USER_MAILED, f"users/{user.id}", after={"actions": actions}, user_id=user.id)
