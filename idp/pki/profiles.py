"""What a realm allows its certificates to be (RFC 5280 section 4; S/MIME BR section 6.3.2)."""

import json
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from idp.errors import InvalidInput
from idp.models import Realm
from idp.pki.key_pairs import KeyType
from idp.pki.profile_settings import DEFAULT_SETTINGS, ProfileSettings, read_profile_settings

MINIMUM_LIFETIME = timedelta(minutes=1)
# The upper bound that the CA/Browser Forum's S/MIME Baseline Requirements, section 6.3.2, set for people's
# certificates; longer ones outlive what is known about the person and about the algorithms.
MAXIMUM_VALIDITY = timedelta(days=825)
# Clocks of people's machines run behind; a certificate made a moment ago must not be "not yet valid" there.
BACKDATE = timedelta(minutes=5)


@dataclass(frozen=True)
class CertificateProfile:
    """What the certificates of one realm are: as long as this, and as the settings say.

    Raises `InvalidInput` where the lifetime does not fit.
    """

    lifetime: timedelta
    backdate: timedelta = BACKDATE
    settings: ProfileSettings = DEFAULT_SETTINGS

    def __post_init__(self) -> None:
        if not MINIMUM_LIFETIME <= self.lifetime <= MAXIMUM_VALIDITY - self.backdate:
            raise InvalidInput(certificate_lifetime="A certificate can be valid from one minute to 824 days.")

    @property
    def key_types(self) -> tuple[KeyType, ...]:
        """The kinds of keys that are offered; the first one is the default."""
        return self.settings.key_types

    @property
    def validity(self) -> timedelta:
        """From the first instant to the last."""
        return self.backdate + self.lifetime


BROADEST = CertificateProfile(MAXIMUM_VALIDITY - BACKDATE)


def profile_for(realm: Realm) -> CertificateProfile:
    """Return the profile of *realm*; raise `InvalidInput` where its lifetime or its settings do not fit."""
    settings = read_profile_settings(realm.certificate_profile or {})
    return CertificateProfile(lifetime=timedelta(seconds=realm.certificate_lifetime), settings=settings)


def change_profile(realm: Realm, text: str | bytes) -> dict[str, Any]:
    """Give *realm* the profile in the JSON *text* and return it; raise `InvalidInput` with all problems, changing nothing."""
    try:
        values = json.loads(text)
    except ValueError as error:
        raise InvalidInput(profile=f"The profile is not JSON: {error}.") from error
    return set_profile(realm, values)


def set_profile(realm: Realm, values: Any) -> dict[str, Any]:
    """Give *realm* the profile *values* and return it; raise `InvalidInput` with all problems, changing nothing."""
    realm.certificate_profile = read_profile_settings(values).model_dump(mode="json", exclude_unset=True)
    return realm.certificate_profile
