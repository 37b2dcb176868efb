"""Settings of foreign trust anchors: what fits, and what is said where it does not."""

import json
import re
from pathlib import Path
from typing import Any

import pytest

from idp.errors import InvalidInput
from idp.pki.anchor_settings import AnchorSettings, RevocationMethod, Source, read_anchor_settings
from idp.pki.subject_patterns import extract


def test_defaults_are_the_strict_ones() -> None:
    """Nothing is accepted by default but what was bound by hand, and nothing of which revocation is not known."""
    settings = read_anchor_settings({})

    assert settings.require_client_auth
    assert settings.mapping.source is Source.BOUND
    assert settings.revocation.method is RevocationMethod.CRL
    assert [settings.revocation.fail_open, settings.first_use, settings.registration] == [False] * 3


def test_settings_survive_json() -> None:
    """What is stored is read again as the same value."""
    settings = read_anchor_settings(
        {"policies": ["1.2.3"], "mapping": {"source": "subject", "pattern": "CN=([a-z]+)"}, "first_use": True}
    )

    assert read_anchor_settings(settings.model_dump(mode="json")) == settings
    assert isinstance(settings, AnchorSettings)


@pytest.mark.parametrize(
    ("values", "field"),
    [
        ({"surprise": 1}, "surprise"),
        ({"policies": ["1.2.x"]}, "policies.0"),
        ({"policies": ["3.1"]}, "policies.0"),
        ({"policy_mode": "most"}, "policy_mode"),
        ({"mapping": {"source": "shoe_size"}}, "mapping.source"),
        ({"mapping": {"source": "subject", "pattern": "CN=[a-z]+"}}, "mapping"),
        ({"mapping": {"source": "subject", "pattern": "(CN)=([a-z]+)"}}, "mapping"),
        ({"mapping": {"source": "subject", "pattern": "(["}}, "mapping"),
        ({"mapping": {"source": "san_email", "pattern": "(.*)"}}, "mapping"),
        ({"mapping": {"source": "san_email", "target": "attribute"}}, "mapping"),
        ({"mapping": {"source": "san_email", "attribute": "card"}}, "mapping"),
        ({"mapping": {"source": "fingerprint", "target": "username"}}, "mapping"),
        ({"revocation": {"crl_urls": ["ldap://directory/cn=ca"]}}, "revocation.crl_urls.0"),
        ({"revocation": {"ocsp_url": "https://user:secret@host/"}}, "revocation.ocsp_url"),
        ({"revocation": {"ocsp_signer": "not PEM"}}, "revocation.ocsp_signer"),
        ({"revocation": {"maximum_age": 1}}, "revocation.maximum_age"),
    ],
)
def test_what_does_not_fit_is_named(values: dict[str, Any], field: str) -> None:
    """The field stands in the problem."""
    with pytest.raises(InvalidInput) as caught:
        read_anchor_settings(values)

    assert list(caught.value.fields) == [field]


@pytest.mark.parametrize(
    ("subject", "found"),
    [
        ("CN=Carol Jones 4711,OU=Staff,O=Example Ltd", "4711"),
        ("CN=Carol Jones 4711,OU=Guests,O=Example Ltd", None),
        ("CN=Carol Jones 4711,OU=Staff,O=Example Ltd,C=DE", None),
        ("CN=x\\,CN=Carol 4711,OU=Staff,O=Example Ltd", None),
        ("OU=CN\\=Carol 4711,OU=Staff,O=Example Ltd", None),
    ],
)
def test_worked_example_of_the_documents_holds(subject: str, found: str | None) -> None:
    """It reads what it says, and what people may write into parts of their subjects does not slip through."""
    text = (Path(__file__).parents[2] / "docs/administrators.md").read_text()
    (document,) = re.findall(r"^```json\n(.*?)^```", text.partition("### Whose it is")[2], re.M | re.S)
    settings = read_anchor_settings(json.loads(document))

    assert settings.mapping.source is Source.SUBJECT
    assert extract(settings.mapping.pattern, subject) == found
