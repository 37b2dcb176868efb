"""What a mail link may still do for somebody's second factor, and for a first one: the one place that decides it.

An issued code by mail counts only together with a remaining single factor (NIST SP 800-63B-4 section 4.2.2.2). A password that
was itself set by mail is none: otherwise the mailbox alone would open an account that a certificate guards.
"""

from datetime import timedelta

from idp.login.certificate_policy import certificate_policy_of
from idp.models import User
from idp.pki.certificates import has_only_expired_certificates, list_certificates, owes_certificate
from idp.web.exchange import Exchange

HOLD = timedelta(days=1)
KIND = "password-reset"


def hold_mail_recovery(exchange: Exchange, user: User) -> None:
    """Let no mail link replace the second factor of *user* for a day: the password was just set by one."""
    exchange.services.ephemeral.put(KIND, user.id, "", HOLD)


def may_disable_by_mail(exchange: Exchange, user: User) -> bool:
    """Tell whether a link may, by now, switch two-factor login off; never that of somebody who has yet to show a certificate."""
    realm = exchange.realm
    if certificate_policy_of(exchange, user.id) == "required" or owes_certificate(exchange.session, user):
        return False
    return realm.recovery_by_mail and not _on_hold(exchange, user)


def may_enrol_by_mail(exchange: Exchange, user: User) -> bool:
    """Tell whether a link may, by now, begin an enrolment: of a first certificate, after the last one's end, or of a lost one.

    Nobody can bring about that a certificate expires, as they can say that it is lost; so a realm decides on that apart.
    """
    realm = exchange.realm
    if not realm.enrolment_by_mail or not user.email:
        return False
    if not _has_second_factor(exchange, user):
        return True
    if _on_hold(exchange, user):
        return False
    if has_only_expired_certificates(exchange.session, exchange.services.clock, user.id):
        return realm.reenrolment_after_expiry
    return realm.recovery_by_mail or certificate_policy_of(exchange, user.id) == "required"


def _on_hold(exchange: Exchange, user: User) -> bool:
    return exchange.services.ephemeral.get(KIND, user.id) is not None


def _has_second_factor(exchange: Exchange, user: User) -> bool:
    if owes_certificate(exchange.session, user):
        return False
    held = list_certificates(exchange.session, user.id)
    return user.two_factor_enabled_at is not None or any(row.proven_at or row.last_used_at for row in held)
