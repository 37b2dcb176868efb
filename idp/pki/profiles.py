"""What a realm allows its certificates to be (RFC 5280 section 4; S/MIME BR section 6.3.2)."""

from dataclasses import dataclass
from datetime import timedelta

from idp.errors import InvalidInput
from idp.models import Realm
from idp.pki.key_pairs import KeyType

MINIMUM_LIFETIME = timedelta(minutes=1)
# The upper bound that the CA/Browser Forum's S/MIME Baseline Requirements, section 6.3.2, set for people's
# certificates; longer ones outlive what is known about the person and about the algorithms.
MAXIMUM_VALIDITY = timedelta(days=825)
# Clocks of people's machines run behind; a certificate made a moment ago must not be "not yet valid" there.
BACKDATE = timedelta(minutes=5)


@dataclass(frozen=True)
class CertificateProfile:
    """Validated limits of one realm's certificates; the first key type is the default.

    Raises `InvalidInput` where the lifetime does not fit.
    """

    lifetime: timedelta
    backdate: timedelta = BACKDATE
    key_types: tuple[KeyType, ...] = (KeyType.RSA2048, KeyType.P256)

    def __post_init__(self) -> None:
        if not MINIMUM_LIFETIME <= self.lifetime <= MAXIMUM_VALIDITY - self.backdate:
            raise InvalidInput(certificate_lifetime="A certificate can be valid from one minute to 824 days.")


def profile_for(realm: Realm) -> CertificateProfile:
    """Return the profile of *realm*; raise `InvalidInput` where its lifetime does not fit."""
    return CertificateProfile(lifetime=timedelta(seconds=realm.certificate_lifetime))
