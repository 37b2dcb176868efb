"""What a mail link may still do for somebody's second factor: the one place that decides it.

An issued code by mail counts only together with a remaining single factor (NIST SP 800-63B-4 section 4.2.2.2). A password that
was itself set by mail is none: otherwise the mailbox alone would open an account that a certificate guards.
"""

from datetime import timedelta

from idp.models import User
from idp.pki.certificates import list_certificates
from idp.web.exchange import Exchange

HOLD = timedelta(days=1)
KIND = "password-reset"


def hold_mail_recovery(exchange: Exchange, user: User) -> None:
    """Let no mail link replace the second factor of *user* for a day: the password was just set by one."""
    exchange.services.ephemeral.put(KIND, user.id, "", HOLD)


def may_disable_by_mail(exchange: Exchange, user: User) -> bool:
    """Tell whether a link may, by now, switch two-factor login off."""
    realm = exchange.realm
    return realm.certificate_policy != "required" and realm.recovery_by_mail and not _on_hold(exchange, user)


def may_enrol_by_mail(exchange: Exchange, user: User) -> bool:
    """Tell whether a link may, by now, begin an enrolment: of a first certificate, or as recovery from a lost one."""
    realm = exchange.realm
    if not realm.enrolment_by_mail or not user.email:
        return False
    if not _has_second_factor(exchange, user):
        return True
    return (realm.certificate_policy == "required" or realm.recovery_by_mail) and not _on_hold(exchange, user)


def _on_hold(exchange: Exchange, user: User) -> bool:
    return exchange.services.ephemeral.get(KIND, user.id) is not None


def _has_second_factor(exchange: Exchange, user: User) -> bool:
    held = list_certificates(exchange.session, user.id)
    return user.two_factor_enabled_at is not None or any(row.proven_at or row.last_used_at for row in held)
