"""One attempt at presenting a certificate: a fresh host name, used once, and what came of it.

Browsers remember the chosen certificate, and the refusal, for each host until they are restarted; so every attempt has a host of its
own. The certificate host stores the verdict on the server and sends the browser back with a one-time code.
"""

import base64
import json
import secrets
from dataclasses import asdict, dataclass
from datetime import timedelta
from typing import Any

from idp.models import Certificate, TrustAnchor
from idp.pki.foreign_claims import Purpose
from idp.pki.rejections import Reason
from idp.pki.verdict import Verdict, find_end
from idp.storage.ephemeral import EphemeralStore
from idp.web.exchange import Exchange

ATTEMPT_LIFETIME = timedelta(minutes=5)
_VERDICT_LIFETIME = timedelta(minutes=1)
_ATTEMPT = "certificate-attempt"
_VERDICT = "certificate-verdict"
_LABEL_BYTES = 15  # 120 random bits, 24 characters of base32: a host name is not case-sensitive


@dataclass(frozen=True, kw_only=True)
class Attempt:
    """One attempt of one person, or of whoever the certificate belongs to where `user_id` is None.

    `bound_to` names the flow or dashboard session that alone may use the verdict, `purpose` is what the certificate is presented for.
    """

    id: str
    label: str
    realm_id: str
    user_id: str | None
    bound_to: str
    return_url: str
    client_id: str | None = None
    purpose: Purpose = Purpose.USE


def create_attempt(
    exchange: Exchange,
    *,
    user_id: str | None,
    bound_to: str,
    return_url: str,
    client_id: str | None = None,
    purpose: Purpose = Purpose.USE,
) -> str:
    """Store an attempt and return the address of its certificate host.

    *return_url* is where the browser comes back to; it gets ``code=…`` appended.
    """
    attempt = Attempt(
        id=secrets.token_urlsafe(16),
        label=base64.b32encode(secrets.token_bytes(_LABEL_BYTES)).decode().lower(),
        realm_id=exchange.realm.id,
        user_id=user_id,
        bound_to=bound_to,
        return_url=return_url,
        client_id=client_id,
        purpose=purpose,
    )
    exchange.services.ephemeral.put(_ATTEMPT, attempt.id, json.dumps(asdict(attempt)), ATTEMPT_LIFETIME)
    host = exchange.services.settings.certificate_url.replace("{label}", attempt.label)
    return f"{host}/attempt/{attempt.id}"


def find_attempt(store: EphemeralStore, attempt_id: str) -> Attempt | None:
    """Return the attempt without using it up, or None."""
    text = store.get(_ATTEMPT, attempt_id)
    return None if text is None else _read(text)


def take_attempt(store: EphemeralStore, attempt_id: str) -> Attempt | None:
    """Use the attempt up: one caller gets it."""
    text = store.take(_ATTEMPT, attempt_id)
    return None if text is None else _read(text)


def _read(text: str) -> Attempt:
    values = json.loads(text)
    return Attempt(**{**values, "purpose": Purpose(values["purpose"])})


def store_verdict(store: EphemeralStore, attempt: Attempt, verdict: Verdict) -> str:
    """Store the verdict and return the address that takes the browser back to it."""
    code = secrets.token_urlsafe(24)
    value = json.dumps({"bound_to": attempt.bound_to, "user_id": attempt.user_id, "verdict": verdict.to_json()})
    store.put(_VERDICT, code, value, _VERDICT_LIFETIME)
    separator = "&" if "?" in attempt.return_url else "?"
    return f"{attempt.return_url}{separator}code={code}"


def take_verdict(exchange: Exchange, *, bound_to: str, user_id: str | None) -> Verdict | None:
    """Return, once, the verdict that the request's code names; None unless it is for this very flow and person."""
    text = exchange.services.ephemeral.take(_VERDICT, exchange.query.get("code", ""))
    if text is None:
        return None
    values: dict[str, Any] = json.loads(text)
    if values["bound_to"] != bound_to or values["user_id"] != user_id:
        return None
    return _as_of_now(exchange, Verdict.from_json(values["verdict"]))


def _as_of_now(exchange: Exchange, verdict: Verdict) -> Verdict:
    """Look again at what may have changed on the browser's way back: the owner may have revoked, an administrator distrusted."""
    if not verdict.ok:
        return verdict
    if verdict.anchor_id is not None:
        anchor = exchange.transaction.get(TrustAnchor, verdict.anchor_id)
        if anchor is None or not anchor.enabled:
            return verdict.refused(Reason.UNTRUSTED_ISSUER)
    row = exchange.transaction.get(Certificate, verdict.certificate_id) if verdict.certificate_id else None
    end = None if row is None else find_end(row, exchange.services.clock)
    return verdict.refused(end) if end else verdict
