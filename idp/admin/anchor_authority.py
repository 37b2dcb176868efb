"""Who may say which certificates of others are whose. The REST API and the console both ask here.

An anchor whose certificates name their owners decides who somebody is, administrators among them. Where certificates are bound one
by one it does not: the person gave a password first.
"""

from idp.errors import InvalidInput, NotPermitted
from idp.models import Realm, TrustAnchor
from idp.pki.anchor_settings import AnchorSettings, Source
from idp.pki.trust_anchors import read_settings
from idp.users.authority import Authority, may_be_anybody


def may_trust(mine: Authority, realm: Realm, settings: AnchorSettings) -> bool:
    """Tell whether an anchor with *settings* may be added, changed or enabled in *realm*."""
    return settings.mapping.source is Source.BOUND or may_be_anybody(mine, realm)


def may_trust_again(mine: Authority, realm: Realm, row: TrustAnchor) -> bool:
    """Tell `may_trust` of the settings that the anchor has; those of another version may say anything."""
    try:
        return may_trust(mine, realm, read_settings(row))
    except InvalidInput:
        return may_be_anybody(mine, realm)


def verify_may_trust(mine: Authority, realm: Realm, settings: AnchorSettings) -> None:
    """Raise `NotPermitted` unless `may_trust`."""
    if not may_trust(mine, realm, settings):
        raise NotPermitted("Certificates that name their owners decide who somebody is: that needs realm-admin.")
