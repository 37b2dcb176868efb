"""What a realm demands of certificates from a foreign trust anchor, and how it tells whose they are, as validated data."""

import re
from enum import StrEnum
from typing import Annotated, Any, Literal
from urllib.parse import urlsplit

from cryptography import x509
from pydantic import AfterValidator, BaseModel, ConfigDict, Field, ValidationError, model_validator

from idp.errors import InvalidInput
from idp.pki.subject_patterns import compile_pattern

_OID = re.compile(r"[0-2](\.(0|[1-9][0-9]{0,17})){1,32}")
_PATTERN_CHARACTERS = 512


class Source(StrEnum):
    """Which part of a certificate says whose it is; `bound` is its fingerprint alone, registered or bound at first use."""

    BOUND = "bound"
    FINGERPRINT = "fingerprint"
    ISSUER_AND_SERIAL = "issuer_and_serial"
    SAN_EMAIL = "san_email"
    SAN_UPN = "san_upn"
    SAN_URI = "san_uri"
    SUBJECT = "subject"


class Target(StrEnum):
    """Which part of an account it is compared with."""

    USERNAME = "username"
    EMAIL = "email"
    ATTRIBUTE = "attribute"


class RevocationMethod(StrEnum):
    """How revocation is looked up; `crl_then_ocsp` and its reverse ask the second where the first is silent."""

    NONE = "none"
    CRL = "crl"
    OCSP = "ocsp"
    CRL_THEN_OCSP = "crl_then_ocsp"
    OCSP_THEN_CRL = "ocsp_then_crl"


def _verify_oid(value: str) -> str:
    if not _OID.fullmatch(value):
        raise ValueError("is not an object identifier such as 2.16.840.1.101.3.2.1.3.13")
    return value


def _verify_url(value: str) -> str:
    parts = urlsplit(value)
    if parts.scheme not in {"http", "https"} or not parts.hostname or parts.username is not None:
        raise ValueError("is not an http or https address")
    return value


def _verify_pem(value: str) -> str:
    try:
        (_,) = x509.load_pem_x509_certificates(value.encode())
    except ValueError as error:
        raise ValueError("is not one certificate in PEM") from error
    return value


OID = Annotated[str, AfterValidator(_verify_oid)]
URL = Annotated[str, Field(max_length=2048), AfterValidator(_verify_url)]


class _Frozen(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True, use_attribute_docstrings=True)


class MappingSettings(_Frozen):
    """From a certificate to an account."""

    source: Source = Source.BOUND
    """Where the name stands in the certificate."""
    pattern: str = Field(default="", max_length=_PATTERN_CHARACTERS)
    """For `subject`: a regular expression (RE2) that matches all of its RFC 4514 form; its one group is what is compared."""
    target: Target = Target.USERNAME
    """What it is compared with."""
    attribute: str = Field(default="", max_length=255)
    """For the target `attribute`: its name."""

    @model_validator(mode="after")
    def _parts_fit(self) -> "MappingSettings":
        if self.source is Source.SUBJECT:
            compile_pattern(self.pattern)
        elif self.pattern:
            raise ValueError("pattern is for the source subject alone")
        if (self.target is Target.ATTRIBUTE) != bool(self.attribute):
            raise ValueError("attribute is to be given for the target attribute, and for it alone")
        if self.source in {Source.FINGERPRINT, Source.ISSUER_AND_SERIAL} and self.target is not Target.ATTRIBUTE:
            raise ValueError("a fingerprint, or issuer and serial number, is compared with an attribute")
        return self


class RevocationSettings(_Frozen):
    """Where it is said whether a foreign certificate is revoked."""

    method: RevocationMethod = RevocationMethod.CRL
    """Which of the two is asked."""
    crl_urls: tuple[URL, ...] = Field(default=(), max_length=10)
    """Addresses of revocation lists, beside those that are uploaded."""
    use_distribution_points: bool = True
    """Whether the addresses in the certificates themselves are asked as well (RFC 5280 section 4.2.1.13)."""
    ocsp_url: URL | None = None
    """Address of the responder; without it, the one that the certificate names (RFC 5280 section 4.2.2.1)."""
    ocsp_signer: Annotated[str, AfterValidator(_verify_pem)] | None = None
    """The responder's own certificate in PEM, where it is not authorised by the issuer itself (RFC 6960 section 4.2.2.2)."""
    maximum_age: int = Field(default=7 * 86400, ge=60, le=90 * 86400)
    """Seconds after which an answer without nextUpdate is too old."""
    fail_open: bool = False
    """Whether a certificate counts of which nothing can be learnt; such logins are marked in their events."""


class AnchorSettings(_Frozen):
    """Everything that can be set about one anchor."""

    require_client_auth: bool = True
    """Whether the certificate has to be for TLS client authentication (extendedKeyUsage); without it, none at all is enough."""
    policies: tuple[OID, ...] = Field(default=(), max_length=32)
    """Certificate policies that are demanded (RFC 5280 section 4.2.1.4)."""
    policy_mode: Literal["any", "all"] = "any"
    """Whether one of them is enough."""
    first_use: bool = False
    """Whether a certificate is bound to the first person who presents it after their password, if they have none yet."""
    registration: bool = False
    """Whether people may register a certificate of this anchor on their dashboard."""
    mapping: MappingSettings = MappingSettings()
    """How an account is found."""
    revocation: RevocationSettings = RevocationSettings()
    """How revocation is looked up."""


def read_anchor_settings(values: dict[str, Any]) -> AnchorSettings:
    """Return *values* as settings; raise `InvalidInput` that names every field that does not fit."""
    try:
        return AnchorSettings.model_validate(values)
    except ValidationError as error:
        problems = {".".join(map(str, e["loc"])) or "settings": e["msg"] for e in error.errors(include_url=False)}
        raise InvalidInput(**problems) from error
