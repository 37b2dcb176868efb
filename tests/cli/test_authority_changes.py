"""`idp ca` where it changes a realm's authorities."""

import io
import json
from datetime import UTC, datetime
from pathlib import Path

import pytest
from cryptography import x509

from tests.cli.conftest import Run
from tests.cli.planted import make_realm
from tests.pki.corporate import Corporation, pem

PASSPHRASE = "far away in a safe"


@pytest.fixture
def realm(run: Run, bench: Path) -> str:
    """A realm."""
    return make_realm(run)


def shown(run: Run, realm: str) -> list[str]:
    """What `show` says of each authority."""
    return [line for line in run("ca", "show", "--realm", realm).out.splitlines() if not line.startswith(" ")]


def test_roll_over_retires_the_old_authority(run: Run, realm: str) -> None:
    result = run("ca", "roll-over", "--realm", realm)

    assert (result.code, result.out.partition(",")[0]) == (0, "issuing: CN=Countersign staff Issuing CA 2")
    kinds = [line.partition(":")[0] for line in shown(run, realm)]
    assert sorted(kinds) == ["issuing (active)", "issuing (retired)", "root (active)"]


def test_retired_realm_issues_no_more_until_authorities_are_made(run: Run, realm: str) -> None:
    fingerprint = run("ca", "show", "--realm", realm).out.partition("SHA-256")[2].split()[0]
    assert run("ca", "make", "--realm", realm).code == 1

    assert run("ca", "retire", fingerprint[:16], "--realm", realm).code == 0
    assert run("ca", "retire", "ffff", "--realm", realm).code == 1
    assert run("ca", "roll-over", "--realm", realm).code == 1

    assert run("ca", "make", "--realm", realm).code == 0
    assert [line.partition(":")[0] for line in shown(run, realm)].count("issuing (active)") == 1


def test_root_key_goes_offline_and_comes_back_for_a_roll_over(
    run: Run, realm: str, bench: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The file is for its owner alone, and nothing is overwritten."""
    file = bench / "root-key.pem"

    def typing(text: str) -> None:
        monkeypatch.setattr("sys.stdin", io.StringIO(text + "\n"))

    typing("short")
    assert run("ca", "export", file, "--realm", realm).code == 2
    typing(PASSPHRASE)
    assert run("ca", "export", file, "--realm", realm, "--take-offline").code == 0
    assert file.stat().st_mode & 0o077 == 0
    assert run("ca", "roll-over", "--realm", realm).code == 1
    typing("wrong passphrase")
    assert run("ca", "roll-over", "--realm", realm, "--root-key", file).code == 2
    typing(PASSPHRASE)
    assert run("ca", "roll-over", "--realm", realm, "--root-key", file).code == 0
    typing(PASSPHRASE)
    assert run("ca", "export", file, "--realm", realm).code == 1


def test_corporate_root_certifies_the_issuing_authority(run: Run, realm: str, bench: Path) -> None:
    corporation = Corporation(datetime.now(UTC).replace(microsecond=0))
    assert run("ca", "request", bench / "request.pem", "--realm", realm).code == 0
    request = x509.load_pem_x509_csr((bench / "request.pem").read_bytes())
    (bench / "chain.pem").write_bytes(pem(corporation.certify(request), corporation.root))

    imported = run("ca", "import", bench / "chain.pem", "--realm", realm)

    assert (imported.code, imported.err) == (0, "")
    assert "root (active): CN=Corporate Root" in shown(run, realm)
    assert run("ca", "import", bench / "chain.pem", "--realm", realm).code == 1
    assert run("ca", "request", bench / "request.pem", "--realm", realm).code == 1


def test_profile_is_shown_changed_and_refused(
    run: Run, realm: str, bench: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What is shown can be given again."""
    shown = run("ca", "profile", "--realm", realm).out
    assert json.loads(shown)["key_types"] == ["rsa2048", "p256"]
    (bench / "profile.json").write_text(shown.replace("rsa2048", "rsa3072", 1))

    assert run("ca", "profile", bench / "profile.json", "--realm", realm).code == 0
    assert json.loads(run("ca", "profile", "--realm", realm).out)["key_types"] == ["rsa3072", "p256"]

    (bench / "wrong.json").write_text('{"key_types": ["dsa"], "uris": ["x"]}')
    refused = run("ca", "profile", bench / "wrong.json", "--realm", realm)
    assert refused.code == 2
    assert "key_types.0" in refused.err
    assert "uris.0" in refused.err
    assert json.loads(run("ca", "profile", "--realm", realm).out)["key_types"] == ["rsa3072", "p256"]


def test_authority_is_revoked_and_its_offline_root_says_so(
    run: Run, realm: str, bench: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Online, the list is signed at once; offline, with the file, or it is brought here."""
    fingerprint = run("ca", "show", "--realm", realm).out.partition("SHA-256")[2].split()[0]
    assert run("ca", "revoke", fingerprint, "--realm", realm, "--reason", "keyCompromise").code == 2
    revoked = run("ca", "revoke", fingerprint, "--realm", realm, "--reason", "cACompromise")
    assert (revoked.code, "list number 2 of the root" in revoked.out) == (0, True)
    assert run("ca", "revoke", fingerprint, "--realm", realm, "--reason", "cACompromise").code == 2
    assert "revoked" in run("ca", "show", "--realm", realm).out
    assert run("ca", "roll-over", "--realm", realm).code == 0

    monkeypatch.setattr("sys.stdin", io.StringIO(PASSPHRASE + "\n"))
    assert run("ca", "export", bench / "key.pem", "--realm", realm, "--take-offline").code == 0
    assert run("ca", "root-crl", "--realm", realm).code == 1
    monkeypatch.setattr("sys.stdin", io.StringIO(PASSPHRASE + "\n"))
    signed = run(
        "ca",
        "root-crl",
        "--realm",
        realm,
        "--root-key",
        bench / "key.pem",
        "--days",
        "90",
        "--export",
        bench / "list.pem",
    )
    assert (signed.code, signed.out.startswith("list number 4 of the root")) == (0, True)
    (entry,) = x509.load_pem_x509_crl((bench / "list.pem").read_bytes())
    assert entry.extensions.get_extension_for_class(x509.CRLReason).value.reason is x509.ReasonFlags.ca_compromise
    assert run("ca", "import-root-crl", bench / "list.pem", "--realm", realm).code == 2  # it is there already
