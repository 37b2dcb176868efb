"""Tables, one aggregate a file; no queries, no HTTP."""

from idp.models.action_link import ActionLink
from idp.models.base import Base, new_id
from idp.models.certificate import Certificate
from idp.models.certificate_authority import CertificateAuthority
from idp.models.client import Client
from idp.models.ephemeral_item import EphemeralItem
from idp.models.event import Event
from idp.models.outgoing_mail import OutgoingMail
from idp.models.realm import Realm
from idp.models.signing_key import SigningKey
from idp.models.user import RecoveryCode, User
from idp.models.user_session import TokenFamily, UserSession

__all__ = [
    "ActionLink",
    "Base",
    "Certificate",
    "CertificateAuthority",
    "Client",
    "EphemeralItem",
    "Event",
    "OutgoingMail",
    "Realm",
    "RecoveryCode",
    "SigningKey",
    "TokenFamily",
    "User",
    "UserSession",
    "new_id",
]
