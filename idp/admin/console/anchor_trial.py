"""Try a certificate on a trust anchor as the form has it, saved or not; nothing of the anchor is written."""

from dataclasses import replace
from typing import Any

from cryptography import x509

from idp.admin.console.administrator import Administrator
from idp.admin.console.files import read_certificates, release_database
from idp.errors import InvalidInput
from idp.models import TrustAnchor
from idp.pki.anchor_chain import Chain
from idp.pki.anchor_settings import AnchorSettings, RevocationMethod, RevocationSettings
from idp.pki.foreign_status import Assurance, StatusLookup
from idp.pki.names import printable
from idp.pki.rehearsal import Rehearsal, rehearse
from idp.pki.rejections import MalformedCertificate
from idp.pki.trust import Anchor, build_anchor, load_anchor
from idp.web.exchange import Exchange

FIELD = "trial"


def try_on_new(
    exchange: Exchange, administrator: Administrator, *, name: str, chain: Chain, settings: AnchorSettings
) -> dict[str, Any]:
    """Return what the page shows of the trial on an anchor that is not added yet.

    What is learnt of a revocation is kept with the anchor, so it is not looked up before there is one.
    """
    anchor = build_anchor("", name, chain.anchor, chain.intermediates, settings)
    return _try(exchange, administrator, anchor, later=settings.revocation.method is not RevocationMethod.NONE)


def try_on_saved(
    exchange: Exchange, administrator: Administrator, row: TrustAnchor, settings: AnchorSettings
) -> dict[str, Any]:
    """Return what the page shows of the trial on an anchor, enabled or not, with these settings in the place of its own."""
    anchor = replace(load_anchor(row), settings=settings)
    release_database(exchange)
    return _try(exchange, administrator, anchor, later=False)


def _try(exchange: Exchange, administrator: Administrator, anchor: Anchor, *, later: bool) -> dict[str, Any]:
    services, pem = exchange.services, read_certificates(exchange, FIELD)
    pasted = "" if exchange.content else pem
    if not pem.strip():
        return {"problem": "none", "pasted": ""}
    trust = replace(services.trust.get(administrator.realm.id), foreign=(anchor,))
    status: StatusLookup = _leave_for_later if later else services.foreign_status
    try:
        outcome = rehearse(exchange.transaction, services.clock, pem=pem.encode(), trust=trust, status=status)
    except (InvalidInput, MalformedCertificate):
        return {"problem": "malformed", "pasted": pasted}
    return _describe(outcome, later=later) | {"pasted": pasted}


def _describe(outcome: Rehearsal, *, later: bool) -> dict[str, Any]:
    shown = outcome.presented
    return {
        "problem": "",
        "subject": printable(shown.subject),
        "issuer": printable(shown.issuer),
        "not_before": shown.not_before,
        "not_after": shown.not_after,
        "steps": [
            {
                "name": step.name,
                "state": "later" if later and step.name == "revocation" else "good" if step.ok else "bad",
                "detail": printable(step.detail),
            }
            for step in outcome.steps
        ],
        "names": [printable(name) for name in outcome.names],
        "username": outcome.username,
        "reason": str(outcome.reason),
        "later": later,
    }


def _leave_for_later(anchor_id: str, settings: RevocationSettings, path: tuple[x509.Certificate, ...]) -> Assurance:  # noqa: ARG001 (the contract of a lookup names them)
    return Assurance.NOT_DEMANDED
