"""`idp ca sign` and `idp user certificates`."""

import io
from pathlib import Path

import pytest
from cryptography import x509

from idp.models import Event
from idp.storage.database import Database
from tests.certificates import ec_key, rsa_key
from tests.certification_requests import request_der, request_pem
from tests.cli.conftest import Run


@pytest.fixture
def realm(run: Run, bench: Path, monkeypatch: pytest.MonkeyPatch) -> str:
    """A realm with alice and bob."""
    assert run("realm", "create", "staff").code == 0
    for name in ("alice", "bob"):
        monkeypatch.setattr("sys.stdin", io.StringIO("four words of secrecy\n"))
        assert run("user", "create", name, "--realm", "staff", "--password-stdin").code == 0
    return "staff"


def sign(run: Run, realm: str, file: Path, *options: str | Path, user: str = "alice") -> tuple[int, str, str]:
    """Run the command for a card."""
    result = run("ca", "sign", file, "--realm", realm, "--user", user, "--device", "Card", *options)
    return result.code, result.out, result.err


@pytest.mark.parametrize("form", ["pem", "der"])
def test_request_is_signed_for_a_person(run: Run, realm: str, bench: Path, database_url: str, form: str) -> None:
    """The certificate is printed, names the person and not the request's subject, and is recorded as theirs."""
    key, file = ec_key(), bench / "request"
    file.write_bytes(request_der(key) if form == "der" else request_pem(key).encode())
    code, out, err = sign(run, realm, file, "--platform", "linux")
    assert (code, err) == (0, "")
    certificate = x509.load_pem_x509_certificate(out.encode())
    assert certificate.public_key() == key.public_key()
    assert "CN=alice" in certificate.subject.rfc4514_string()

    listed = run("user", "certificates", "alice", "--realm", realm).out
    assert listed.startswith("Card (linux, p256)\n")
    assert f"{certificate.serial_number:x}" in listed
    assert run("user", "certificates", "bob", "--realm", realm).out == ""
    database = Database(database_url)
    with database.transaction() as session:
        event = session.query(Event).filter_by(tag="certificate:issue").one()
        assert (event.details["method"], event.details["by"]) == ("csr", "command line")
        assert event.user_id
    database.close()


def test_certificate_is_written_to_a_new_file(run: Run, realm: str, bench: Path) -> None:
    """Nothing is overwritten, and what could not be written was not issued."""
    file, out = bench / "request.pem", bench / "certificate.pem"
    file.write_text(request_pem())
    assert sign(run, realm, file, "--out", out)[:2] == (0, "")
    assert x509.load_pem_x509_certificate(out.read_bytes())
    file.write_text(request_pem())
    assert sign(run, realm, file, "--out", out)[0] == 1
    assert run("user", "certificates", "alice", "--realm", realm).out.count("Card") == 1


def test_what_does_not_fit_is_named(run: Run, realm: str, bench: Path) -> None:
    """With the checks of the dashboard."""
    file, key = bench / "request.pem", ec_key()
    file.write_text(request_pem(rsa_key(1024)))
    assert "key: The key has 1024 bits" in sign(run, realm, file)[2]
    file.write_text("nothing")
    code, _, err = sign(run, realm, file, "--platform", "amiga")
    assert code == 2
    assert "request: There is no certificate request" in err
    assert "platform:" in err
    file.write_text(request_pem(key))
    assert sign(run, realm, file, user="nobody")[0] == 1
    assert sign(run, realm, file, user="bob")[0] == 0
    code, _, err = sign(run, realm, file)
    assert (code, "in use elsewhere" in err) == (2, True)
    assert run("user", "certificates", "alice", "--realm", realm).out == ""
