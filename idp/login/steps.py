"""The policy of a login: an ordered list of steps, each with when it is needed.

The first step that is needed comes next. With ``prompt=none`` nothing may be shown, so each step also says which
error that is (OpenID Connect Core section 3.1.2.6).
"""

from collections.abc import Callable
from dataclasses import dataclass

from idp.login.flow import LoginFlow
from idp.users.consents import name_of_claim

CERTIFICATE = "certificate"
RECOVERY_CODE = "recovery_code"
NEW_PASSWORD = "new_password"  # noqa: S105 (a step)
CONSENT = "consent"


@dataclass(frozen=True)
class Facts:
    """What conditions of steps look at beside the flow: `certificate_policy` is the realm's or a group's, `allowed` is what the person
    has consented to before."""

    certificate_policy: str
    two_factor_enabled: bool
    certificate_first: bool = False
    password_change_required: bool = False
    allowed: frozenset[str] = frozenset()


@dataclass(frozen=True)
class Step:
    """One step; `path` is its page within the realm."""

    name: str
    path: str
    error: str
    needed: Callable[[LoginFlow, Facts], bool]


def certificate_demanded(flow: LoginFlow, facts: Facts) -> bool:
    """Tell whether nothing but a certificate will do: the request, the application or the realm demands it."""
    request = flow.request
    return request.acr == "2" or request.certificate_required or facts.certificate_policy == "required"


def both_demanded(flow: LoginFlow, facts: Facts) -> bool:
    """Tell whether a certificate alone will not do: two factors are asked for, or what they guard is to be opened."""
    switched_on = facts.two_factor_enabled and facts.certificate_policy != "off"
    return certificate_demanded(flow, facts) or switched_on or flow.request.password_demanded


def _needs_password(flow: LoginFlow, facts: Facts) -> bool:
    if flow.user_id is None:
        return True
    if facts.password_change_required and not flow.passwordless and flow.password_set_at is None:
        return True  # a session alone, perhaps somebody else's by now, must not choose the password
    return flow.passwordless and (both_demanded(flow, facts) or not facts.certificate_first)


def _needs_certificate(flow: LoginFlow, facts: Facts) -> bool:
    if flow.enrolment_only and flow.request.account_console:
        return False
    if certificate_demanded(flow, facts):
        return flow.second_factor != CERTIFICATE
    switched_on = facts.two_factor_enabled and facts.certificate_policy != "off"
    return switched_on and flow.second_factor not in (CERTIFICATE, RECOVERY_CODE)  # one that was revoked proves nothing


def _needs_new_password(flow: LoginFlow, facts: Facts) -> bool:
    # Whoever came with a certificate alone has not shown the password that is to be replaced.
    return flow.user_id is not None and not flow.passwordless and facts.password_change_required


def needs_consent(flow: LoginFlow, facts: Facts) -> bool:
    """Tell whether the person has to allow the client something that they have not allowed before."""
    question = flow.request.consent
    if question is None or flow.consented:
        return False
    return question.always or not facts.allowed.issuperset((*question.scopes, *map(name_of_claim, question.claims)))


STEPS = (
    Step("password", "/login/password", "login_required", _needs_password),
    Step("certificate", "/login/certificate", "interaction_required", _needs_certificate),
    Step(NEW_PASSWORD, "/login/new-password", "interaction_required", _needs_new_password),
    Step(CONSENT, "/login/consent", "consent_required", needs_consent),
)


def next_step(flow: LoginFlow, facts: Facts) -> Step | None:
    """Return the first step that is still needed, or None when everything is proven."""
    return next((step for step in STEPS if step.needed(flow, facts)), None)


def reached_acr(flow: LoginFlow) -> str:
    """Return the level that the flow has proven: 2 is a password and a certificate, whichever came first."""
    return "2" if flow.second_factor == CERTIFICATE and not flow.passwordless else "1"
