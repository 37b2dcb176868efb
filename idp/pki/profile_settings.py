"""What a realm puts into people's certificates, as validated data (RFC 5280 sections 4.1.2.6 and 4.2.1)."""

import re
from enum import StrEnum
from typing import Annotated, Any

from cryptography import x509
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID
from pydantic import AfterValidator, BaseModel, ConfigDict, Field, ValidationError, model_validator

from idp.errors import InvalidInput
from idp.pki.anchor_settings import OID, URL
from idp.pki.key_pairs import KeyType
from idp.pki.placeholders import IDENTIFYING, verify_template

ANY_POLICY = x509.ObjectIdentifier("2.5.29.32.0")
_SCHEME = re.compile(r"[a-z][a-z0-9+.-]*:\S")


class Attribute(StrEnum):
    """The attributes that a subject may have (RFC 5280 appendix A.1).

    The mail address is not among them: it belongs into the alternative names (section 4.1.2.6).
    """

    COMMON_NAME = "CN"
    ORGANIZATION = "O"
    ORGANIZATIONAL_UNIT = "OU"
    COUNTRY = "C"
    LOCALITY = "L"
    STATE = "ST"
    SERIAL_NUMBER = "serialNumber"

    @property
    def oid(self) -> x509.ObjectIdentifier:
        """Its object identifier."""
        return _ATTRIBUTES[self]


_ATTRIBUTES = {
    Attribute.COMMON_NAME: NameOID.COMMON_NAME,
    Attribute.ORGANIZATION: NameOID.ORGANIZATION_NAME,
    Attribute.ORGANIZATIONAL_UNIT: NameOID.ORGANIZATIONAL_UNIT_NAME,
    Attribute.COUNTRY: NameOID.COUNTRY_NAME,
    Attribute.LOCALITY: NameOID.LOCALITY_NAME,
    Attribute.STATE: NameOID.STATE_OR_PROVINCE_NAME,
    Attribute.SERIAL_NUMBER: NameOID.SERIAL_NUMBER,
}


class FurtherUsage(StrEnum):
    """What a certificate may be for beside client authentication (RFC 5280 section 4.2.1.12)."""

    EMAIL_PROTECTION = "emailProtection"
    SMARTCARD_LOGON = "smartcardLogon"

    @property
    def oid(self) -> x509.ObjectIdentifier:
        """Its object identifier."""
        return _USAGES[self]


_USAGES = {
    FurtherUsage.EMAIL_PROTECTION: ExtendedKeyUsageOID.EMAIL_PROTECTION,
    FurtherUsage.SMARTCARD_LOGON: ExtendedKeyUsageOID.SMARTCARD_LOGON,
}


def _verify_uri(value: str) -> str:
    if not value.isascii() or not _SCHEME.match(value) or value.startswith("urn:uuid:"):
        raise ValueError("is not an absolute URI in ASCII, or begins with urn:uuid:, which is for the account's own")
    return verify_template(value, IDENTIFYING)


def _verify_upn(value: str) -> str:
    return verify_template(value, IDENTIFYING)


def _verify_policy(value: str) -> str:
    if x509.ObjectIdentifier(value) == ANY_POLICY:
        raise ValueError("is anyPolicy, which is for authorities")
    return value


def _verify_ascii(value: str) -> str:
    if not value.isascii():
        raise ValueError("has to be in ASCII")
    return value


def _verify_distinct(values: tuple[Any, ...]) -> tuple[Any, ...]:
    if len(set(values)) != len(values):
        raise ValueError("names something twice")
    return values


def _verify_some(values: tuple[Any, ...]) -> tuple[Any, ...]:
    if not values:
        raise ValueError("is empty")
    return values


Template = Annotated[str, Field(min_length=1, max_length=255), AfterValidator(verify_template)]
URITemplate = Annotated[str, Field(max_length=1024), AfterValidator(_verify_uri)]
Distinct = AfterValidator(_verify_distinct)
Some = AfterValidator(_verify_some)


class _Frozen(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True, use_attribute_docstrings=True)


class SubjectAttribute(_Frozen):
    """One attribute of the subject; it is left out where a placeholder of its value is empty."""

    attribute: Attribute
    """Which one."""
    value: Template
    """A template."""


class Policy(_Frozen):
    """A certificate policy (RFC 5280 section 4.2.1.4)."""

    oid: Annotated[OID, AfterValidator(_verify_policy)]
    """Its object identifier."""
    cps: Annotated[URL, AfterValidator(_verify_ascii)] | None = None
    """Address of the certification practice statement."""


class ProfileSettings(_Frozen):
    """Everything that can be set about the certificates of one realm's people, but for their lifetime."""

    key_types: Annotated[tuple[KeyType, ...], Some, Distinct] = (KeyType.RSA2048, KeyType.P256)
    """The kinds of keys that people can have made; the first one is the default."""
    brought_key_types: Annotated[tuple[KeyType, ...], Distinct] = tuple(KeyType)
    """The kinds of keys that people may bring, from a card or a program of their own."""
    subject: Annotated[tuple[SubjectAttribute, ...], Some, Field(max_length=16)] = (
        SubjectAttribute(attribute=Attribute.ORGANIZATION, value="{realm}"),
        SubjectAttribute(attribute=Attribute.COMMON_NAME, value="{name}"),
    )
    """The subject in its order, with exactly one CN, which is the account's id where it would be empty."""
    email: bool = True
    """Whether the mail address is among the alternative names, once it is verified; the account's id as a URI always is."""
    upn: Annotated[str, Field(max_length=255), AfterValidator(_verify_upn)] = ""
    """A template of the user principal name, for Windows domains; empty for none."""
    uris: Annotated[tuple[URITemplate, ...], Field(max_length=8), Distinct] = ()
    """Templates of further URIs among the alternative names."""
    extended_key_usages: Annotated[tuple[FurtherUsage, ...], Distinct] = ()
    """What the certificates are for beside client authentication."""
    key_encipherment: bool = False
    """Whether keys may be encrypted to an RSA key, as encrypted mail needs it."""
    policies: Annotated[tuple[Policy, ...], Field(max_length=8)] = ()
    """The policies that they are issued under."""

    @property
    def certified_key_types(self) -> frozenset[KeyType]:
        """The kinds of keys that get a certificate, wherever they were made."""
        return frozenset((*self.key_types, *self.brought_key_types))

    @model_validator(mode="after")
    def _parts_fit(self) -> "ProfileSettings":
        names = [part.attribute for part in self.subject]
        problems = []
        if names.count(Attribute.COMMON_NAME) != 1:
            problems.append("the subject has to have exactly one CN")
        if max(names.count(Attribute.COUNTRY), names.count(Attribute.SERIAL_NUMBER)) > 1:
            problems.append("the subject may have one C and one serialNumber")
        if len({policy.oid for policy in self.policies}) != len(self.policies):
            problems.append("a policy may be named once")
        if FurtherUsage.EMAIL_PROTECTION in self.extended_key_usages and not self.email:
            problems.append("emailProtection needs the mail address among the alternative names")
        if self.key_encipherment and not any(key_type.is_rsa for key_type in self.certified_key_types):
            problems.append("key_encipherment is for RSA keys, of which there are none")
        if problems:
            raise ValueError("; ".join(problems))
        return self


DEFAULT_SETTINGS = ProfileSettings()


def read_profile_settings(values: Any) -> ProfileSettings:
    """Return *values* as settings; raise `InvalidInput` that names every field that does not fit."""
    try:
        return ProfileSettings.model_validate(values)
    except ValidationError as error:
        found = error.errors(include_url=False, include_input=False)
        raise InvalidInput(**{".".join(map(str, e["loc"])) or "profile": e["msg"] for e in found}) from error
