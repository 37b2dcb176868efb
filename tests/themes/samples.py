"""A realistic context for every template of the default theme: what handlers pass, and what each page is tried with.

`PAGES` and `MAILS` map a template's name (``login/password.html``; for mails ``login_failed``) to named contexts. What every
page gets besides is `COMMON`, what every dashboard page gets is `ACCOUNT`, and what every mail gets is `MAIL`.
"""

from datetime import UTC, datetime, timedelta
from typing import Any

Context = dict[str, Any]

NOW = datetime(2026, 11, 23, 14, 5, tzinfo=UTC)
BASE = "/realms/demo"
REALM = {"name": "demo", "display_name": "Demo Company"}
USER = {"name": "Alice Arden", "username": "alice", "email": "alice@example.org"}
APPLICATION = {"name": "Travel Expenses", "url": "http://localhost:3000/"}
CHROME = {"family": "chrome", "platform": "windows"}
FIREFOX = {"family": "firefox", "platform": "linux"}
SAFARI = {"family": "safari", "platform": "macos"}
IPHONE = {"family": "safari", "platform": "ios"}
PHONE = {"family": "chrome", "platform": "android"}
HOSTILE = '"><script>alert(1)</script>'

COMMON: Context = {"resources": "/resources", "realm": REALM, "csrf_token": "csrf-0123456789"}

ACCOUNT: Context = {
    "user": USER,
    "sign_out_url": f"{BASE}/account/sign-out",
    "navigation": {
        "overview": f"{BASE}/account/",
        "two_factor": f"{BASE}/account/two-factor",
        "activity": f"{BASE}/account/activity",
        "personal_info": f"{BASE}/account/personal-info",
        "password": f"{BASE}/account/password",
    },
}

MAIL: Context = {"realm": REALM, "user": USER}


def certificate(**changes: Any) -> Context:
    """Return one certificate as the pages want it; *changes* replace or add facts."""
    facts: Context = {
        "id": "5a0f6f2e",
        "device_name": "Work laptop",
        "platform": "windows",
        "key_type": "rsa2048",
        "subject": "CN=alice,O=Demo Company",
        "issuer": "CN=Demo Company Issuing CA,O=Demo Company",
        "serial_number": "5f3a9c01d2e84b7790ab12cd34ef5678",
        "fingerprint": "9f2c4d1ab0e37c5586d1fe04a7b9c3d2e1f00817263544536271809fa0b1c2d3",
        "created_at": NOW - timedelta(days=40),
        "not_before": NOW - timedelta(days=40),
        "not_after": NOW + timedelta(days=325),
        "proven_at": NOW - timedelta(days=40),
        "last_used_at": NOW - timedelta(hours=3),
        "revoked_at": None,
        "revocation_reason": None,
        "status": "active",
        "revoke_url": f"{BASE}/account/two-factor/certificates/5a0f6f2e/revoke",
        "install_url": f"{BASE}/account/two-factor/install/windows",
        "bound_by": "issued",
        "details_url": f"{BASE}/account/certificates/5a0f6f2e",
    }
    return facts | changes


LAPTOP = certificate()
PHONE_CERTIFICATE = certificate(
    device_name="Alice’s iPhone",
    platform="ios",
    serial_number="71bb20c4aa174f0e9c5580d1e2f36a4d",
    not_after=NOW + timedelta(days=12),
    expires_soon=True,
    renew_url=f"{BASE}/account/certificates/5a0f6f2e/renew",
)
UNTESTED = certificate(proven_at=None, last_used_at=None)
REPLACED = certificate(
    device_name="Office PC", superseded_at=NOW + timedelta(days=9), not_after=NOW + timedelta(days=20)
)
REVOKED = certificate(
    device_name="Old laptop",
    platform="macos",
    status="revoked",
    revoked_at=NOW - timedelta(days=40),
    revocation_reason="superseded",
)
EXPIRED = certificate(device_name="Tablet", platform="android", status="expired", not_after=NOW - timedelta(days=90))

PRESENTED = {
    "subject": "CN=alice,O=Demo Company",
    "issuer": "CN=Demo Company Issuing CA,O=Demo Company",
    "serial_number": "5f3a9c01d2e84b7790ab12cd34ef5678",
    "not_before": NOW - timedelta(days=380),
    "not_after": NOW - timedelta(days=15),
}

EVENTS = [
    {
        "tag": "certificate:login:success",
        "at": NOW - timedelta(hours=3),
        "browser": "Chrome on Windows",
        "address": "192.0.2.14",
        "application": "Travel Expenses",
        "details": {"device_name": "Work laptop"},
    },
    {
        "tag": "certificate:login:failure",
        "at": NOW - timedelta(hours=5),
        "browser": "Firefox on Linux",
        "address": "198.51.100.7",
        "details": {"reason": "none"},
    },
    {"tag": "user:two-factor:enable", "at": NOW - timedelta(days=40), "address": "192.0.2.14"},
    {"tag": "mail:message:send", "at": NOW - timedelta(days=40)},
    {"tag": "user:login:success", "at": NOW - timedelta(days=40), "application": "Account"},
    {"tag": "admin:user:create", "at": NOW - timedelta(days=41), "text": "An administrator made the account"},
]

FAILURE: Context = {
    "action": f"{BASE}/login/certificate",
    "application": APPLICATION,
    "browser": CHROME,
    "recovery_code_url": f"{BASE}/login/recovery-code",
    "other_account_url": f"{BASE}/login/other",
    "event_id": "0c9e6a4f-57d1",
}
LINK_FORM: Context = {"action": f"{BASE}/link/Zm9vYmFy"}
INVITATION: Context = LINK_FORM | {
    "name": "Alice",
    "username": "alice",
    "masked_account": "a•••e",
    "min_length": 10,
}
CERTIFICATE_STEP: Context = {
    "action": f"{BASE}/login/certificate",
    "application": APPLICATION,
    "browser": CHROME,
    "certificates": [LAPTOP],
    "certificate_host": "a7k2.cert.localhost:8443",
    "username": "alice",
    "recovery_code_url": f"{BASE}/login/recovery-code",
    "other_account_url": f"{BASE}/login/other",
}
SIGN_IN: Context = {
    "action": f"{BASE}/login",
    "application": APPLICATION,
    "forgot_password_url": f"{BASE}/forgot-password",
}

LOGIN_PAGES: dict[str, dict[str, Context]] = {
    "password": {
        "first": SIGN_IN,
        "failed": SIGN_IN
        | {"username": "alice", "message": "The username or the password is not right. Please try again."},
        "known": SIGN_IN | {"reauthentication_username": "alice", "other_account_url": f"{BASE}/login/other"},
        "required": SIGN_IN | {"certificate_follows": True},
        "either": SIGN_IN | {"certificate_url": f"{BASE}/login/certificate-first"},
        "second": SIGN_IN
        | {"certificate_came_first": True, "reauthentication_username": "alice", "other_account_url": f"{BASE}/other"},
        "fields": SIGN_IN | {"username": HOSTILE, "errors": {"username": HOSTILE, "password": "Too long."}},
    },
    "certificate": {
        "chrome": CERTIFICATE_STEP,
        "firefox": CERTIFICATE_STEP | {"browser": FIREFOX, "certificates": [LAPTOP, PHONE_CERTIFICATE]},
        "safari": CERTIFICATE_STEP | {"browser": SAFARI, "lost_certificate_url": f"{BASE}/login/lost"},
        "android": CERTIFICATE_STEP
        | {"cancel_url": f"{BASE}/login/cancel", "browser": PHONE, "certificates": [LAPTOP, PHONE_CERTIFICATE]},
        "ios": CERTIFICATE_STEP | {"browser": {"family": "chrome", "platform": "ios"}},
        "test": CERTIFICATE_STEP
        | {"purpose": "test", "cancel_url": f"{BASE}/account/two-factor", "certificates": [UNTESTED]},
        "unknown": CERTIFICATE_STEP
        | {"browser": {"family": "other", "platform": "other"}, "certificates": [], "certificate_host": ""},
    },
    "certificate_failed": {
        "none": FAILURE | {"reason": "none", "mail_sent": True, "masked_email": "a•••@example.org"},
        "none_firefox": FAILURE | {"reason": "none", "browser": FIREFOX},
        "none_ios": FAILURE | {"reason": "none", "browser": IPHONE},
        "expired": FAILURE | {"reason": "expired", "presented": PRESENTED, "mail_sent": True},
        "expired_mail": FAILURE
        | {
            "reason": "expired",
            "masked_email": "a•••@example.org",
            "reenrolment": "mail",
            "enrolment_action": f"{BASE}/login/enrolment/send",
        },
        "expired_administrator": FAILURE
        | {"reason": "expired", "reenrolment": "administrator", "enrolment_action": f"{BASE}/login/enrolment/send"},
        "not_yet_valid": FAILURE | {"reason": "not_yet_valid", "presented": PRESENTED},
        "revoked": FAILURE | {"reason": "revoked", "presented": PRESENTED},
        "superseded": FAILURE | {"reason": "superseded", "presented": PRESENTED},
        "untrusted_issuer": FAILURE
        | {"reason": "untrusted_issuer", "presented": {"subject": HOSTILE, "issuer": "CN=Town Hall CA"}},
        "other_user": FAILURE | {"reason": "other_user", "presented": PRESENTED, "browser": SAFARI},
        "wrong_usage": FAILURE | {"reason": "wrong_usage", "presented": PRESENTED, "browser": PHONE},
        "weak_key": FAILURE | {"reason": "weak_key", "presented": PRESENTED},
        "unknown": FAILURE | {"reason": "unknown", "presented": PRESENTED},
        "malformed": FAILURE | {"reason": "malformed"},
        "resumed": FAILURE | {"reason": "resumed"},
        **{
            reason: FAILURE | {"reason": reason, "presented": PRESENTED}
            for reason in ("wrong_policy", "status_unknown", "unmapped", "ambiguous")
        },
        "none_yet": FAILURE | {"reason": "none", "no_certificate_url": f"{BASE}/login/certificate?flow=x&none=yes"},
        "locked": FAILURE | {"reason": "locked", "minutes": 4},
    },
    "certificate_missing": {
        "allowed": {
            "application": APPLICATION,
            "required_by": "application",
            "enrolment_allowed": True,
            "action": f"{BASE}/login/enrolment-link",
            "masked_email": "a•••@example.org",
            "other_account_url": f"{BASE}/login/other",
        },
        "refused": {
            "application": APPLICATION,
            "required_by": "realm",
            "enrolment_allowed": False,
            "administrator_contact": "help@example.org",
        },
        "expired": {
            "application": APPLICATION,
            "required_by": "realm",
            "enrolment_allowed": True,
            "action": f"{BASE}/login/enrolment-link",
            "masked_email": "a•••@example.org",
            "had_certificates": True,
            "expired": True,
        },
        "expired_refused": {
            "application": APPLICATION,
            "required_by": "realm",
            "enrolment_allowed": False,
            "had_certificates": True,
            "expired": True,
        },
    },
    "recovery_code": {
        "first": {
            "action": f"{BASE}/login/recovery-code",
            "application": APPLICATION,
            "back_url": f"{BASE}/login/certificate",
        },
        "failed": {
            "action": f"{BASE}/login/recovery-code",
            "application": APPLICATION,
            "errors": {"recovery_code": "This code is not right, or has been used already."},
        },
    },
    "locked": {
        "user": {
            "minutes": 5,
            "application": APPLICATION,
            "try_again_url": f"{BASE}/login",
            "forgot_password_url": f"{BASE}/forgot-password",
            "event_id": "0c9e6a4f-57d1",
        },
        "address": {"minutes": 1},
    },
    "error": {
        "client": {
            "title": "This application is not known here",
            "text": "The address that brought you here does not name an application of this realm. Please start from the application again.",
            "event_id": "0c9e6a4f-57d1",
            "continue_url": APPLICATION["url"],
            "continue_label": "Back to Travel Expenses",
        },
        "plain": {"title": "Something went wrong", "text": "It is our fault. Please try again in a moment."},
    },
    "finished": {
        "finished": {"reason": "finished", "application": APPLICATION},
        "expired": {"reason": "expired", "application": APPLICATION},
        "other_browser": {"reason": "other_browser"},
    },
    "logged_out": {
        "application": {"application": APPLICATION, "used_certificate": True, "browser": CHROME},
        "plain": {"used_certificate": False, "login_url": f"{BASE}/account/"},
        "frames": {
            "application": APPLICATION,
            "used_certificate": True,
            "logout_frames": [{"name": HOSTILE, "url": f"{BASE}/out?iss={HOSTILE}"}, {"name": "Wiki", "url": BASE}],
            "continue_url": f"http://localhost:3000/?state={HOSTILE}",
        },
    },
    "logout_confirm": {
        "application": {
            "action": f"{BASE}/protocol/openid-connect/logout",
            "application": APPLICATION,
            "name": "Alice Arden",
            "parameters": {"state": HOSTILE, "post_logout_redirect_uri": "http://localhost:3000/"},
        },
        "plain": {
            "action": f"{BASE}/protocol/openid-connect/logout",
            "cancel_url": f"{BASE}/account/",
        },
    },
    "consent": {
        "all": {
            "action": f"{BASE}/login/consent?flow=x",
            "application": {
                **APPLICATION,
                "host": "photos.example",
                "policy_url": "https://photos.example/p",
                "terms_url": "",
            },
            "name": "Alice Arden",
            "scopes": ("openid", "profile", "email", "address", "phone", "x509", "offline_access", HOSTILE),
            "claims": ("nickname", HOSTILE),
            "known": frozenset({"openid"}),
        },
        "least": {
            "action": f"{BASE}/login/consent?flow=x",
            "application": {
                **APPLICATION,
                "name": HOSTILE,
                "host": "",
                "policy_url": "",
                "terms_url": "https://a.example/t",
            },
            "name": HOSTILE,
            "scopes": ("openid",),
            "claims": (),
        },
    },
    "device": {
        "empty": {"action": f"{BASE}/device"},
        "wrong": {"action": f"{BASE}/device", "user_code": HOSTILE, "errors": {"user_code": "This code is not known."}},
    },
    "device_confirm": {
        "some": {
            "action": f"{BASE}/device/decision",
            "confirmation": "x",
            "application": APPLICATION,
            "user_code": "WDJB-MJHT",
            "name": HOSTILE,
            "scopes": ["openid", "offline_access"],
        },
    },
    "device_done": {
        "allowed": {"allowed": True, "application": APPLICATION},
        "refused": {"allowed": False, "application": {"name": HOSTILE, "url": ""}},
    },
    "forgot_password": {
        "first": {"action": f"{BASE}/forgot-password", "login_url": f"{BASE}/login"},
        "failed": {
            "action": f"{BASE}/forgot-password",
            "login_url": f"{BASE}/login",
            "errors": {"username": "Please tell us your username or email."},
        },
    },
    "link_sent": {
        "password_reset": {"purpose": "password_reset", "minutes": 60, "login_url": f"{BASE}/login"},
        "enrolment": {"purpose": "enrolment", "minutes": 90, "masked_email": "a•••@example.org"},
        "verify_email": {"purpose": "verify_email"},
    },
    "reset_password": {
        "first": LINK_FORM | {"min_length": 10, "username": "alice"},
        "failed": LINK_FORM
        | {"min_length": 10, "errors": {"password_confirmation": "The two passwords are not the same."}},
    },
    "new_password": {
        "first": LINK_FORM | {"min_length": 10, "username": "alice", "other_account_url": f"{BASE}/login/restart"},
        "failed": LINK_FORM
        | {"min_length": 10, "username": "alice", "errors": {"password": "Use at least 10 characters."}},
    },
    "password_changed": {"application": {"application": APPLICATION}, "plain": {"login_url": f"{BASE}/login"}},
    "verify_email": {"first": LINK_FORM | {"email": "alice@example.org"}},
    "email_verified": {"first": {"email": "alice@example.org", "continue_url": f"{BASE}/account/"}},
    "link_invalid": {"first": {"login_url": f"{BASE}/login"}, "plain": {}},
    "disable_two_factor": {
        "first": LINK_FORM | {"masked_account": "a•••e", "certificate_count": 2},
        "failed": LINK_FORM
        | {
            "masked_account": "a•••e",
            "revoke_certificates": True,
            "errors": {"password": "This password is not right."},
        },
    },
    "two_factor_disabled": {
        "one": {"certificates_revoked": 1, "login_url": f"{BASE}/login"},
        "many": {"certificates_revoked": 3},
        "none": {},
    },
    "enrolment_link": {"first": LINK_FORM | {"masked_account": "a•••e"}},
    "invitation": {
        "new": INVITATION | {"first_password": True},
        "failed": INVITATION
        | {"first_password": True, "name": HOSTILE, "errors": {"password_confirmation": "The two passwords differ."}},
        "known": INVITATION | {"first_password": False, "name": ""},
    },
    "contact_administrator": {
        "first": {
            "application": APPLICATION,
            "administrator_contact": "help@example.org",
            "event_id": "0c9e6a4f",
        },
        "plain": {},
    },
    "form_post": {
        "first": {
            "redirect_uri": "http://localhost:3000/callback",
            "params": {"code": "SplxlOBeZQQYbYS6WxSbIA", "state": HOSTILE},
            "application": APPLICATION,
        },
    },
}

TWO_FACTOR: Context = {
    "action": f"{BASE}/account/two-factor",
    "enrol_url": f"{BASE}/account/two-factor/enrol",
    "test_url": f"{BASE}/account/two-factor/test",
    "install_url": f"{BASE}/account/two-factor/install",
    "recovery_codes_url": f"{BASE}/account/two-factor/recovery-codes",
    "two_factor": {"enabled": False, "enabled_at": None, "required": False, "proven": False},
    "certificates": [],
    "former_certificates": [],
    "recovery_codes": {"left": 0, "total": 10},
}
SWITCHED_ON = {"enabled": True, "enabled_at": NOW - timedelta(days=40), "required": False, "proven": True}
PLATFORMS = [
    {"id": name, "encryption": "3des" if name in ("macos", "ios", "android", "other") else "aes256"}
    for name in ("windows", "macos", "ios", "android", "linux", "chromeos", "firefox", "other")
]
ENROL: Context = {
    "action": f"{BASE}/account/two-factor/enrol",
    "device_name": "Windows computer",
    "platform": "windows",
    "platforms": PLATFORMS,
    "key_types": ["rsa2048", "p256"],
    "generated_password": "k7mq-2vxh-9tna-wd4e-p6rs-3bfj",
    "min_length": 12,
    "lifetime_days": 365,
    "install_url": f"{BASE}/account/two-factor/install",
    "back_url": f"{BASE}/account/two-factor",
    "request_url": f"{BASE}/account/two-factor/enrol/request",
}
INSTALL: Context = {
    "platform": "windows",
    "browser": CHROME,
    "platforms": [
        {"id": entry["id"], "url": f"{BASE}/account/two-factor/install/{entry['id']}"} for entry in PLATFORMS
    ],
    "test_url": f"{BASE}/account/two-factor/test",
    "two_factor_url": f"{BASE}/account/two-factor",
    "file_name": "alice-work-laptop.p12",
    "compatible_url": f"{BASE}/account/two-factor/enrol?encryption=3des",
}
REQUEST: Context = {
    "action": f"{BASE}/account/two-factor/enrol/request",
    "device_name": "Smart card",
    "platform": "windows",
    "platforms": [entry["id"] for entry in PLATFORMS],
    "pasted": "",
    "lifetime_days": 365,
    "enrol_url": f"{BASE}/account/two-factor/enrol",
    "back_url": f"{BASE}/account/two-factor",
}
FILES: Context = {
    "files": {kind: f"{BASE}/account/certificates/5a0f6f2e/files/{kind}" for kind in ("pem", "cer", "p7b", "chain")},
    "guide_url": f"{BASE}/account/two-factor/install?platform=windows",
    "test_url": f"{BASE}/account/two-factor/test",
    "two_factor_url": f"{BASE}/account/two-factor",
}


def link(name: str, **changes: Any) -> Context:
    """Return one certificate of a chain."""
    dates = {"not_before": NOW - timedelta(days=400), "not_after": NOW + timedelta(days=3000)}
    return {
        "name": name,
        "subject": f"CN={name}",
        **dates,
        "fingerprint": "5e" * 32,
        "self_issued": False,
        "gap": False,
    } | changes


CHAIN = [link("Countersign Root CA", self_issued=True), link("Countersign Issuing CA"), link("Alice Arden")]
CERTIFICATE: Context = FILES | {
    "certificate": LAPTOP,
    "chain": CHAIN,
    "action": f"{BASE}/account/certificates/5a0f6f2e",
}
TESTED: Context = {
    "browser": CHROME,
    "two_factor": {"enabled": False, "required": False},
    "test_url": f"{BASE}/account/two-factor/test",
    "two_factor_url": f"{BASE}/account/two-factor",
    "install_url": f"{BASE}/account/two-factor/install",
}
RENEW: Context = {
    "certificate": PHONE_CERTIFICATE,
    "action": f"{BASE}/account/certificates/5a0f6f2e/renew/present",
    "browser": CHROME,
    "window_opens": NOW + timedelta(days=20),
    "overlap_days": 14,
    "enrol_url": f"{BASE}/account/two-factor/enrol",
    "two_factor_url": f"{BASE}/account/two-factor",
}
OBSTACLES = ("never", "foreign", "revoked", "expired", "too_early", "no_authority")
REGISTER: Context = {
    "action": f"{BASE}/account/two-factor/register/bind",
    "proposal": "k7mq2vxh9tnawd4ep6rs3bfj",
    "presented": PRESENTED,
    "device_name": "Chrome on Windows",
    "back_url": f"{BASE}/account/two-factor/enrol",
}
NOT_REGISTERED: Context = {
    "browser": CHROME,
    "presented": PRESENTED,
    "register_url": f"{BASE}/account/two-factor/register",
    "two_factor_url": f"{BASE}/account/two-factor",
}
REVOKE: Context = {
    "certificate": LAPTOP,
    "action": f"{BASE}/account/two-factor/certificates/5a0f6f2e/revoke",
    "cancel_url": f"{BASE}/account/two-factor",
}
PERSONAL: Context = {
    "action": f"{BASE}/account/personal-info",
    "given_name": "Alice",
    "family_name": "Arden",
    "email": "alice@example.org",
    "email_verified": True,
    "verify_email_url": f"{BASE}/account/personal-info/verify-email",
}

ACCOUNT_PAGES: dict[str, dict[str, Context]] = {
    "overview": {
        "off": {
            "two_factor": {"enabled": False, "enabled_at": None, "required": False},
            "certificates": 0,
            "next_expiry": None,
            "recovery_codes_left": 0,
            "password_changed_at": None,
            "email_verified": False,
            "events": [],
        },
        "on": {
            "two_factor": SWITCHED_ON,
            "certificates": 2,
            "next_expiry": NOW + timedelta(days=12),
            "recovery_codes_left": 9,
            "password_changed_at": NOW - timedelta(days=100),
            "email_verified": True,
            "events": EVENTS[:3],
        },
    },
    "two_factor": {
        "start": TWO_FACTOR,
        "untested": TWO_FACTOR | {"certificates": [UNTESTED]},
        "refused": TWO_FACTOR
        | {
            "certificates": [UNTESTED],
            "errors": {"enabled": "Please test your certificate first, so that you do not lock yourself out."},
        },
        "proven": TWO_FACTOR
        | {
            "certificates": [LAPTOP],
            "two_factor": {"enabled": False, "enabled_at": None, "required": False, "proven": True},
        },
        "on": TWO_FACTOR
        | {
            "two_factor": SWITCHED_ON,
            "certificates": [LAPTOP, PHONE_CERTIFICATE, REPLACED],
            "former_certificates": [REVOKED, EXPIRED],
            "recovery_codes": {"left": 9, "total": 10},
            "notice": "Two-factor authentication is on.",
        },
        "required": TWO_FACTOR
        | {
            "two_factor": SWITCHED_ON | {"required": True},
            "certificates": [LAPTOP],
            "recovery_codes": {"left": 1, "total": 10},
        },
        "former": TWO_FACTOR | {"former_certificates": [REVOKED]},
        "foreign": TWO_FACTOR | {"accepts_unbound": True, "former_certificates": [LAPTOP | {"foreign": True}]},
    },
    "enrol": {
        "first": ENROL,
        "renewal": ENROL | {"renews": PHONE_CERTIFICATE},
        "foreign": ENROL | {"register_url": f"{BASE}/account/two-factor/register"},
        "own": ENROL
        | {
            "platform": "ios",
            "password_choice": "own",
            "encryption": "3des",
            "key_type": "p256",
            "errors": {
                "device_name": "Please give the device a name.",
                "password": "Please use 12 characters or more.",
                "password_confirmation": "The two passwords are not the same.",
            },
        },
    },
    "request_certificate": {
        "first": REQUEST,
        "failed": REQUEST
        | {
            "device_name": HOSTILE,
            "pasted": HOSTILE,
            "errors": {"device_name": "Give the device a name.", "request": "There is no certificate request in it."},
            "message": "You hold 10 certificates, which is as many as you may.",
        },
    },
    "install_certificate": {"first": FILES | {"certificate": UNTESTED}},
    "certificate": {
        "tested": CERTIFICATE,
        "untested": CERTIFICATE | {"certificate": UNTESTED | {"bound_by": "requested"}},
        "revoked": CERTIFICATE | {"certificate": REVOKED},
        "expired": CERTIFICATE | {"certificate": EXPIRED},
        "foreign": CERTIFICATE
        | {
            "certificate": PHONE_CERTIFICATE | {"bound_by": "first_use", "install_url": "", "subject": HOSTILE},
            "chain": [link(HOSTILE, gap=True), link("", subject=HOSTILE)],
        },
        "refused": CERTIFICATE | {"errors": {"device_name": "Give the device a name."}},
    },
    "renew": {
        "first": RENEW,
        "at_once": RENEW | {"overlap_days": 0},
        "another": RENEW | {"reason": "another", "presented": PRESENTED},
        "none": RENEW | {"reason": "none", "event_id": "0c9e6a4f-57d1"},
        "other_user": RENEW | {"reason": "other_user", "presented": PRESENTED},
        "replaced": RENEW | {"obstacle": "replaced", "certificate": REPLACED},
        **{name: RENEW | {"obstacle": name} for name in OBSTACLES},
    },
    "install": {
        **{entry["id"]: INSTALL | {"platform": entry["id"]} for entry in PLATFORMS},
        "windows_firefox": INSTALL | {"browser": FIREFOX, "compatible_url": "", "file_name": ""},
    },
    "certificate_tested": {
        "ok": TESTED | {"ok": True, "presented": PRESENTED, "certificate": LAPTOP},
        "renewed": TESTED
        | {"ok": True, "two_factor": SWITCHED_ON, "presented": PRESENTED, "certificate": LAPTOP, "replaced": REPLACED},
        "renewed_at_once": TESTED
        | {
            "ok": True,
            "two_factor": SWITCHED_ON,
            "certificate": LAPTOP,
            "replaced": REPLACED | {"superseded_at": LAPTOP["proven_at"]},
        },
        "old": TESTED
        | {"ok": True, "two_factor": SWITCHED_ON, "certificate": PHONE_CERTIFICATE, "successor": UNTESTED},
        "ok_on": TESTED | {"ok": True, "presented": PRESENTED, "two_factor": {"enabled": True, "required": False}},
        "none": TESTED | {"ok": False, "reason": "none"},
        "expired": TESTED | {"ok": False, "reason": "expired", "presented": PRESENTED},
    },
    "register_certificate": {
        "first": REGISTER,
        "refused": REGISTER | {"device_name": HOSTILE, "errors": {"device_name": "Give the device a name."}},
        "hostile": REGISTER | {"presented": PRESENTED | {"subject": HOSTILE}, "message": "You hold 10 certificates."},
    },
    "certificate_not_registered": {
        "known": NOT_REGISTERED | {"known": True},
        **{
            reason: NOT_REGISTERED | {"known": False, "reason": reason}
            for reason in ("registration_off", "other_user", "revoked", "expired", "none")
        },
    },
    "recovery_codes": {
        "enabled": {
            "codes": [f"{word}-4T7W-9XKD" for word in ("2QHM", "3WRC", "4KTP", "5ZNV", "6BJX")]
            + [f"{word}-M3VN-8QPH" for word in ("7CDF", "8GHJ", "9PQR", "2STV", "3WXY")],
            "continue_url": f"{BASE}/account/two-factor",
            "just_enabled": True,
        },
        "again": {
            "codes": ["2QHM-4T7W-9XKD"] * 10,
            "continue_url": f"{BASE}/account/two-factor",
            "download_url": f"{BASE}/account/two-factor/recovery-codes.txt",
        },
    },
    "disable_two_factor": {
        "first": {
            "action": f"{BASE}/account/two-factor/disable",
            "cancel_url": f"{BASE}/account/two-factor",
            "certificate_count": 2,
        },
        "failed": {
            "action": f"{BASE}/account/two-factor/disable",
            "cancel_url": f"{BASE}/account/two-factor",
            "revoke_certificates": True,
            "errors": {"password": "This password is not right."},
        },
    },
    "revoke_certificate": {
        "first": REVOKE,
        "foreign": REVOKE | {"certificate": LAPTOP | {"foreign": True}},
        "last": REVOKE
        | {
            "last_one": True,
            "password_required": True,
            "errors": {"password": "This password is not right.", "reason": "Please choose a reason."},
        },
    },
    "applications": {
        "some": {
            "removed": True,
            "applications": [
                {
                    "title": HOSTILE,
                    "url": "http://localhost:3000/",
                    "scopes": ("openid", "offline_access", HOSTILE),
                    "claims": ("nickname",),
                    "since": datetime(2026, 11, 3, 9, 30, tzinfo=UTC),
                    "offline": True,
                    "remove_url": f"{BASE}/account/applications/x/remove",
                },
                {
                    "title": "Travel Expenses",
                    "url": "",
                    "scopes": ("openid",),
                    "claims": (),
                    "since": datetime(2026, 11, 3, 9, 30, tzinfo=UTC),
                    "offline": False,
                    "remove_url": f"{BASE}/account/applications/y/remove",
                },
            ],
        },
        "none": {"removed": False, "applications": []},
    },
    "activity": {
        "some": {"events": EVENTS, "older_url": "?page=3", "newer_url": "?page=1"},
        "none": {"events": []},
    },
    "impersonated": {
        "first": {"impersonation": {"by": HOSTILE, "reason": HOSTILE, "until": NOW + timedelta(minutes=30)}},
    },
    "personal_info": {
        "verified": PERSONAL,
        "unverified": PERSONAL | {"email_verified": False, "notice": "Your changes are saved."},
        "failed": PERSONAL | {"email": HOSTILE, "errors": {"email": "This does not look like an address."}},
        "no_email": PERSONAL | {"email": None, "email_verified": False},
    },
    "password": {
        "first": {
            "action": f"{BASE}/account/password",
            "min_length": 10,
            "forgot_password_url": f"{BASE}/forgot-password",
        },
        "failed": {
            "action": f"{BASE}/account/password",
            "min_length": 10,
            "errors": {"current_password": "This is not your current password."},
        },
    },
    "error": {
        "first": {
            "title": "This page has moved on",
            "text": "The certificate is not there any more.",
            "event_id": "0c9e6a4f-57d1",
            "continue_url": f"{BASE}/account/",
            "continue_label": "Go to the overview",
        },
        "bare": {
            "title": "Please sign in again",
            "text": "Your session has ended.",
            "navigation": {},
        },
    },
}

PAGES: dict[str, dict[str, Context]] = {
    **{f"login/{name}.html": contexts for name, contexts in LOGIN_PAGES.items()},
    **{
        f"account/{name}.html": {variant: ACCOUNT | context for variant, context in contexts.items()}
        for name, contexts in ACCOUNT_PAGES.items()
    },
}

ORIGIN: Context = {"at": NOW, "address": "192.0.2.14", "browser": "Chrome on Windows"}
LINKS: Context = {
    "account_url": "https://login.example.org/realms/demo/account/two-factor",
    "change_password_url": "https://login.example.org/realms/demo/forgot-password",
}
LINK: Context = {"link_url": "https://login.example.org/realms/demo/link/Zm9vYmFyYmF6cXV4", "minutes": 60}
FAILED_LOGIN: Context = (
    ORIGIN
    | LINKS
    | {
        "reason": "none",
        "failures": 3,
        "application": "Travel Expenses",
        "recovery": "disable",
        "recovery_url": LINK["link_url"],
        "minutes": 60,
    }
)

EXPIRING: Context = {
    "certificate": LAPTOP,
    "renew_url": "https://login.example.org/realms/demo/account/two-factor/enrol",
    "two_factor_url": LINKS["account_url"],
}

RENEWED: Context = ORIGIN | LINKS | {"certificate": LAPTOP, "old": REPLACED, "two_factor_url": LINKS["account_url"]}

MAILS: dict[str, dict[str, Context]] = {
    "login_failed": {
        "disable": FAILED_LOGIN,
        "enrol": FAILED_LOGIN | {"recovery": "enrol", "reason": "expired", "failures": 1},
        "administrator": FAILED_LOGIN
        | {"recovery": "administrator", "administrator_contact": "help@example.org", "application": ""},
    },
    "two_factor_enabled": {"first": ORIGIN | LINKS},
    "two_factor_disabled": {
        "plain": ORIGIN | LINKS,
        "revoked": ORIGIN | LINKS | {"certificates_revoked": 2},
        "reset": ORIGIN | LINKS | {"reset_reason": "Laptop lost, known by voice"},
    },
    "test_message": {"first": {"at": NOW}},
    "certificate_issued": {
        "first": ORIGIN | LINKS | {"certificate": LAPTOP},
        "requested": ORIGIN | LINKS | {"certificate": LAPTOP | {"bound_by": "requested"}},
    },
    "certificate_added": {
        by: ORIGIN | LINKS | {"certificate": LAPTOP, "bound_by": by} for by in ("registered", "first_use", "mapping")
    },
    "certificate_revoked": {
        "first": ORIGIN | LINKS | {"certificate": LAPTOP},
        "administrator": LINKS | {"at": NOW, "certificate": LAPTOP, "by_administrator": True},
    },
    "certificate_expiring": {
        "weeks": EXPIRING | {"days": 14, "renewable": True},
        "last": EXPIRING | {"days": 1, "renewable": True},
        "new": EXPIRING | {"days": 30, "renewable": False},
        "foreign": EXPIRING | {"days": 7, "renewable": False, "foreign": True},
    },
    "certificate_renewed": {
        "overlap": RENEWED | {"works_until": NOW + timedelta(days=14)},
        "at_once": RENEWED | {"works_until": NOW},
    },
    "password_reset": {"first": ORIGIN | LINK},
    "password_changed": {"first": ORIGIN | LINKS},
    "email_changed": {"first": ORIGIN | LINKS | {"new_email": "n•••@e•••.org"}},
    "verify_email": {"first": LINK | {"email": "alice@example.org", "minutes": 1440}},
    "invitation": {
        "new": LINK | {"minutes": 10080, "first_password": True, "certificate_required": True},
        "known": LINK | {"first_password": False, "certificate_required": False},
    },
    "enrolment_link": {
        "first": LINK | {"application": "Travel Expenses"},
        "realm": LINK,
        "expired": LINK | {"expired": True},
    },
    "recovery_code_used": {
        "some": ORIGIN | LINKS | {"recovery_codes_left": 8, "application": "Travel Expenses"},
        "last": ORIGIN | LINKS | {"recovery_codes_left": 0},
    },
}
