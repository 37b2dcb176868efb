"""What would the verdict on a certificate be, and whose is it? ``/realms/{realm}/identity-mappings/try``. Nothing is changed."""

from dataclasses import replace
from typing import Any

from pydantic import ConfigDict

from idp.admin.api.call import Call
from idp.admin.api.policies import InRealm
from idp.admin.api.representation import Representation
from idp.admin.api.resource import Resource
from idp.admin.api.trust_anchor_representation import PEM_CHARACTERS
from idp.errors import InvalidInput
from idp.pki.anchor_chain import read_chain
from idp.pki.anchor_settings import AnchorSettings, read_anchor_settings
from idp.pki.rehearsal import Rehearsal, rehearse
from idp.pki.rejections import MalformedCertificate, Reason
from idp.pki.trust import Anchor, build_anchor, load_anchor, load_trust_store
from idp.pki.trust_anchors import get_anchor_by_id
from idp.pki.unchecked_status import assume_unknown

identity_mappings = Resource("Trust anchors")


class TryRepresentation(Representation):
    """A certificate in PEM, with what a browser would send after it; an anchor of the realm or a chain; and other settings."""

    model_config = ConfigDict(extra="ignore", str_max_length=PEM_CHARACTERS)

    certificate: str
    trustAnchorId: str | None = None
    chain: str | None = None
    settings: dict[str, Any] | None = None


class StepRepresentation(Representation):
    """One question, and what was seen."""

    name: str
    ok: bool
    detail: str


class OutcomeRepresentation(Representation):
    """The steps in their order; the names that an account was looked for by; whose it is; and the verdict."""

    accepted: bool
    reason: str
    subject: str
    issuer: str
    steps: list[StepRepresentation]
    names: list[str]
    username: str | None = None


@identity_mappings.post(
    "/realms/{realm}/identity-mappings/try",
    InRealm("manage-certificates"),
    status=200,
    largest=3 * PEM_CHARACTERS,
)
def try_certificate(call: Call, wanted: TryRepresentation) -> OutcomeRepresentation:
    """Try a certificate on one anchor, with the settings it has or others, or on all that are enabled."""
    candidate = _find_candidate(call, wanted)
    trust = load_trust_store(call.session, call.realm.id)
    if candidate is not None:
        trust = replace(trust, foreign=(candidate,))
    # What is learnt of a revocation is kept with the anchor, so one that is not added yet has to do without.
    status = assume_unknown if wanted.chain is not None else call.services.foreign_status
    try:
        outcome = rehearse(
            call.exchange.transaction,
            call.services.clock,
            pem=wanted.certificate.encode(),
            trust=trust,
            status=status,
        )
    except MalformedCertificate as error:
        raise InvalidInput(certificate="This is not a certificate that can be read.") from error
    return _describe(outcome)


def _find_candidate(call: Call, wanted: TryRepresentation) -> Anchor | None:
    settings = None if wanted.settings is None else read_anchor_settings(wanted.settings)
    if wanted.chain is not None and wanted.trustAnchorId is not None:
        raise InvalidInput(chain="Give an anchor or a chain, one of the two.")
    if wanted.chain is not None:
        parts = read_chain(wanted.chain.encode(), call.services.clock.now())
        return build_anchor("", "the new anchor", parts.anchor, parts.intermediates, settings or AnchorSettings())
    if wanted.trustAnchorId is not None:
        anchor = load_anchor(get_anchor_by_id(call.session, call.realm.id, wanted.trustAnchorId))
        return anchor if settings is None else replace(anchor, settings=settings)
    if settings is not None:
        raise InvalidInput(settings="They are for an anchor or a chain.")
    return None


def _describe(outcome: Rehearsal) -> OutcomeRepresentation:
    return OutcomeRepresentation(
        accepted=outcome.reason is Reason.ACCEPTED,
        reason=str(outcome.reason),
        subject=outcome.presented.subject,
        issuer=outcome.presented.issuer,
        steps=[StepRepresentation(name=step.name, ok=step.ok, detail=step.detail) for step in outcome.steps],
        names=list(outcome.names),
        username=outcome.username,
    )
