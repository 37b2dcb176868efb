"""What a person asks for when enrolling a device."""

from dataclasses import dataclass, field

from idp.errors import InvalidInput
from idp.pki.file_passwords import assess_password
from idp.pki.key_pairs import KeyType
from idp.pki.names import sanitise
from idp.pki.pkcs12 import Encryption
from idp.pki.platforms import Platform

_DEVICE_NAME_CHARACTERS = 64
NAMELESS = "Give the device a name."


@dataclass(frozen=True)
class EnrolmentRequest:
    """One device; the password protects the file and is neither stored nor shown (not even in `repr`)."""

    device_name: str
    platform: str
    key_type: str
    password: str = field(repr=False)
    encryption: str


@dataclass(frozen=True)
class Enrolment:
    """A request whose every field fits."""

    device_name: str
    platform: Platform
    key_type: KeyType
    password: str = field(repr=False)
    encryption: Encryption


def verify_enrolment_request(request: EnrolmentRequest, key_types: tuple[KeyType, ...]) -> Enrolment:
    """Return the request as typed values; raise `InvalidInput` that names every field that does not fit."""
    problems = _find_problems(request, key_types)
    if problems:
        raise InvalidInput(**problems)
    return Enrolment(
        device_name=sanitise_device_name(request.device_name),
        platform=Platform(request.platform),
        key_type=KeyType(request.key_type),
        password=request.password,
        encryption=Encryption(request.encryption),
    )


def sanitise_device_name(text: str) -> str:
    """Return the name on one line without control characters; empty where nothing visible is left."""
    return sanitise(text, maximum_octets=4 * _DEVICE_NAME_CHARACTERS)[:_DEVICE_NAME_CHARACTERS].rstrip()


def find_device_problems(device_name: str, platform: str) -> dict[str, str]:
    """Return what does not fit about the device itself, by the name of the field."""
    problems = {}
    if not sanitise_device_name(device_name):
        problems["device_name"] = NAMELESS
    if platform not in set(Platform):
        problems["platform"] = "Choose one of the systems in the list."
    return problems


def _find_problems(request: EnrolmentRequest, key_types: tuple[KeyType, ...]) -> dict[str, str]:
    problems = find_device_problems(request.device_name, request.platform)
    if request.key_type not in key_types:
        problems["key_type"] = "Choose one of the key types in the list."
    if request.encryption not in set(Encryption):
        problems["encryption"] = "Choose one of the encryptions in the list."
    assessment = assess_password(request.password)
    if not assessment.ok:
        problems["password"] = " ".join(assessment.reasons)
    return problems
