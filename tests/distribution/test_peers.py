"""A realm's own revocation list and OCSP responder, as the foreign authority of somebody who trusts it."""

from collections.abc import Iterator
from pathlib import Path
from types import SimpleNamespace

import pytest
from cryptography import x509
from sqlalchemy import select

from idp.fetching.fetcher import Fetcher
from idp.models import Certificate, CertificateAuthority, TrustAnchor
from idp.pki.anchor_settings import RevocationSettings
from idp.pki.foreign_revocation.lookup import ForeignStatus
from idp.pki.foreign_revocation.sources import Means
from idp.pki.foreign_status import Assurance
from idp.pki.rejections import CertificateRevoked
from idp.pki.revocation import RevocationReason, revoke_certificate
from idp.settings import Settings
from idp.storage.cache import MomentaryCache
from idp.web.status_sources import FetchedSources
from tests.pki.publishing import publish_due_lists
from tests.provider import Provider, enrol, run_provider, sign_in
from tests.web_server import Asked, Reply, WebServer, web_server


@pytest.fixture
def provider(database_url: str, tmp_path: Path) -> Iterator[Provider]:
    """The realm whose certificates somebody else trusts."""
    with run_provider(database_url, tmp_path) as provider:
        yield provider


def publish(provider: Provider, web: WebServer, authority_id: str) -> SimpleNamespace:
    """Let *web* answer as the provider's public port does, and return the two addresses."""
    client = provider.browser().client

    def forward(asked: Asked) -> Reply:
        answer = client.request(
            asked.method,
            asked.path,
            content=asked.body,
            headers={"content-type": asked.headers.get("content-type", "")},
        )
        return Reply(answer.content, status=answer.status_code, content_type=answer.headers["content-type"])

    paths = {"crl": f"/realms/demo/pki/{authority_id}.crl", "ocsp": f"/realms/demo/pki/{authority_id}/ocsp"}
    web.replies.update(dict.fromkeys(paths.values(), forward))
    return SimpleNamespace(**{name: web.url(path) for name, path in paths.items()})


@pytest.mark.parametrize("method", ["crl", "ocsp"])
def test_revocation_of_a_realm_reaches_who_trusts_it(
    provider: Provider, method: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Good first; after the revocation the next list, or the next answer, says so."""
    monkeypatch.setattr(MomentaryCache, "get", lambda cache, key: cache._load(key))  # no waiting for its second
    browser = provider.browser()
    sign_in(browser)
    leaf = x509.load_der_x509_certificate(enrol(browser))
    services, clock = provider.services, provider.clock
    with web_server() as web, services.database.transaction() as session:
        row = session.scalars(select(Certificate)).one()
        issuing = session.get_one(CertificateAuthority, row.authority_id)
        certificate = x509.load_der_x509_certificate(issuing.certificate)
        anchor = TrustAnchor(
            realm_id=row.realm_id,
            name="peer",
            subject=issuing.subject,
            serial_number=issuing.serial_number,
            fingerprint=issuing.fingerprint,
            certificate=issuing.certificate,
            not_before=issuing.not_before,
            not_after=issuing.not_after,
            created_at=clock.now(),
            updated_at=clock.now(),
        )
        session.add(anchor)
        session.commit()
        addresses = publish(provider, web, issuing.id)
        sources = FetchedSources(Fetcher(Settings(fetch_allowed_hosts=[web.authority])))
        look_up = ForeignStatus(Means(services.database, clock, sources))
        settings = RevocationSettings(
            method=method, crl_urls=[addresses.crl], ocsp_url=addresses.ocsp, use_distribution_points=False
        )
        assert look_up(anchor.id, settings, (leaf, certificate)) is Assurance.CHECKED

        assert revoke_certificate(session, clock, row, RevocationReason.KEY_COMPROMISE)
        clock.advance(days=8)
        publish_due_lists(session, services.cipher, clock)
        session.commit()
        look_up = ForeignStatus(Means(services.database, clock, sources))
        with pytest.raises(CertificateRevoked):
            look_up(anchor.id, settings, (leaf, certificate))
