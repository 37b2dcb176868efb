"""Claims about a person, by scope (OpenID Connect Core section 5.4)."""

from collections.abc import Collection
from typing import Any

from sqlalchemy import Row

from idp.oidc.scopes import X509
from idp.oidc.token_basis import timestamp

X509_CLAIMS = ("x509_subject", "x509_issuer", "x509_serial", "x5t#S256")
PROFILE_ATTRIBUTES = ("middle_name", "nickname", "profile", "picture", "website", "gender", "birthdate")
ADDRESS_MEMBERS = ("formatted", "street_address", "locality", "region", "postal_code", "country")
CLAIMS_BY_SCOPE = {
    "openid": ("sub",),
    "profile": (
        "name", "given_name", "family_name", "preferred_username", "locale", "zoneinfo", "updated_at", *PROFILE_ATTRIBUTES,
    ),
    "email": ("email", "email_verified"),
    "address": ("address",),
    "phone": ("phone_number", "phone_number_verified"),
    X509: X509_CLAIMS,
}  # fmt: skip


def build_person_claims(person: Row[Any], scope: str) -> dict[str, Any]:
    """Return the claims that *scope* asks for and the account has a value for."""
    claims: dict[str, Any] = {"sub": person.id}
    for name in scope.split():
        if name in _BUILDERS:
            claims |= _BUILDERS[name](person)
    return {name: value for name, value in claims.items() if value not in (None, "", {})}


def build_single_claims(person: Row[Any], names: Collection[str]) -> dict[str, Any]:
    """Return those claims of *names* that the account has a value for."""
    scopes = [scope for scope, covered in CLAIMS_BY_SCOPE.items() if not set(covered).isdisjoint(names)]
    claims = build_person_claims(person, " ".join(scopes)) if scopes else {}
    return {name: value for name, value in claims.items() if name in names}


def build_certificate_claims(certificate_claims: dict[str, Any] | None) -> dict[str, Any]:
    """Return the claims of scope ``x509``; nothing for a login without a certificate."""
    known = certificate_claims or {}
    return {name: known[name] for name in X509_CLAIMS if name in known}


def _profile(person: Row[Any]) -> dict[str, Any]:
    full_name = f"{person.given_name} {person.family_name}".strip()
    return {
        "name": full_name or person.username,
        "given_name": person.given_name,
        "family_name": person.family_name,
        "preferred_username": person.username,
        "locale": person.locale,
        "zoneinfo": person.zoneinfo,
        "updated_at": timestamp(person.updated_at),
        **{name: _attribute(person, name) for name in PROFILE_ATTRIBUTES if name in person.attributes},
    }


def _email(person: Row[Any]) -> dict[str, Any]:
    return {"email": person.email, "email_verified": person.email_verified} if person.email else {}


def _address(person: Row[Any]) -> dict[str, Any]:
    members = {name: _attribute(person, name) for name in ADDRESS_MEMBERS}
    return {"address": {name: value for name, value in members.items() if value}}


def _phone(person: Row[Any]) -> dict[str, Any]:
    number = _attribute(person, "phone_number")
    verified = _attribute(person, "phone_number_verified") == "true"
    return {"phone_number": number, "phone_number_verified": verified} if number else {}


def _x509(person: Row[Any]) -> dict[str, Any]:
    return build_certificate_claims(person.certificate_claims)


def _attribute(person: Row[Any], name: str) -> str | None:
    values = person.attributes.get(name)
    return values[0] if values else None


_BUILDERS = {"profile": _profile, "email": _email, "address": _address, "phone": _phone, X509: _x509}
