"""Tables, one aggregate a file; no queries, no HTTP."""

from idp.models.action_link import ActionLink
from idp.models.base import Base, new_id
from idp.models.certificate import Certificate
from idp.models.certificate_authority import CertificateAuthority, OcspSigner, RevocationList
from idp.models.client import Client, InitialAccessToken
from idp.models.client_scope import ClientScope
from idp.models.consent import Consent
from idp.models.ephemeral_item import EphemeralItem
from idp.models.event import Event
from idp.models.foreign_revocation import ForeignAnswer, ForeignList, ForeignListEntry, ForeignListSource
from idp.models.logout_notice import LogoutNotice
from idp.models.outgoing_mail import OutgoingMail
from idp.models.realm import MASTER, Realm
from idp.models.role import (
    CERTIFICATE_POLICY,
    COMPOSITE_ROLE,
    MEMBER_OF_GROUP,
    ROLE_IN_CLIENT,
    ROLE_IN_CLIENT_SCOPE,
    ROLE_OF_GROUP,
    ROLE_OF_USER,
    Group,
    Role,
)
from idp.models.server_secret import ServerSecret
from idp.models.signing_key import SigningKey
from idp.models.trust_anchor import TrustAnchor
from idp.models.user import RecoveryCode, User
from idp.models.user_session import TokenFamily, UserSession

__all__ = [
    "CERTIFICATE_POLICY",
    "COMPOSITE_ROLE",
    "MASTER",
    "MEMBER_OF_GROUP",
    "ROLE_IN_CLIENT",
    "ROLE_IN_CLIENT_SCOPE",
    "ROLE_OF_GROUP",
    "ROLE_OF_USER",
    "ActionLink",
    "Base",
    "Certificate",
    "CertificateAuthority",
    "Client",
    "ClientScope",
    "Consent",
    "EphemeralItem",
    "Event",
    "ForeignAnswer",
    "ForeignList",
    "ForeignListEntry",
    "ForeignListSource",
    "Group",
    "InitialAccessToken",
    "LogoutNotice",
    "OcspSigner",
    "OutgoingMail",
    "Realm",
    "RecoveryCode",
    "RevocationList",
    "Role",
    "ServerSecret",
    "SigningKey",
    "TokenFamily",
    "TrustAnchor",
    "User",
    "UserSession",
    "new_id",
]
