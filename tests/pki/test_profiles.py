"""Limits of certificates."""

from datetime import timedelta

import pytest

from idp.errors import InvalidInput
from idp.models import Realm
from idp.pki.profiles import CertificateProfile, profile_for


def test_realm_decides_the_lifetime() -> None:
    """Its seconds become the profile's duration."""
    assert profile_for(Realm(certificate_lifetime=86400)).lifetime == timedelta(days=1)


@pytest.mark.parametrize("lifetime", [timedelta(0), timedelta(seconds=59), timedelta(days=825), timedelta(days=-1)])
def test_lifetime_out_of_bounds_is_refused(lifetime: timedelta) -> None:
    """The field is named."""
    with pytest.raises(InvalidInput) as caught:
        CertificateProfile(lifetime=lifetime)
    assert set(caught.value.fields) == {"certificate_lifetime"}
