"""Reading certification requests: OpenSSL's own, and what nobody should take."""

import base64
import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat, PublicFormat
from hypothesis import given, settings
from hypothesis import strategies as st

from idp.errors import InvalidInput
from idp.pki import certification_requests as told
from idp.pki import request_armour as armour
from idp.pki.certification_requests import read_certification_request
from idp.pki.key_pairs import describe_key, fingerprint_key
from tests.certificates import ec_key, rsa_key, self_sign
from tests.certification_requests import build_request, request_der, request_pem
from tests.services import require_binary

MakeRequest = Callable[..., bytes]
_SPKI, _POINT = PublicFormat.SubjectPublicKeyInfo, PublicFormat.UncompressedPoint
_SAMPLE = request_der()


@pytest.fixture(scope="module")
def openssl_request(tmp_path_factory: pytest.TempPathFactory) -> MakeRequest:
    """Make a request with the command `openssl`, as people do; keys are made once."""
    openssl, folder = require_binary("openssl", package="openssl"), tmp_path_factory.mktemp("requests")

    def run(*arguments: str | Path) -> None:
        subprocess.run([openssl, *arguments], cwd=folder, check=True, capture_output=True)

    def make(algorithm: str, *options: str, sign: tuple[str, ...] = ("-sha256",)) -> bytes:
        key, request = folder / f"{algorithm}{''.join(options)}.pem", folder / "request.pem"
        if not key.exists() and algorithm == "DSA":
            run("genpkey", "-genparam", "-algorithm", "DSA", *options, "-out", "parameters.pem")
            run("genpkey", "-paramfile", "parameters.pem", "-out", key)
        elif not key.exists():
            run("genpkey", "-algorithm", algorithm, *options, "-out", key)
        run("req", "-new", "-key", key, "-subj", "/CN=alice", *sign, "-out", request)
        return request.read_bytes()

    return make


def curve(name: str, **options: str) -> tuple[str, ...]:
    """Return the arguments for an elliptic curve key."""
    more = [argument for option in options.items() for argument in ("-pkeyopt", ":".join(option))]
    return ("EC", "-pkeyopt", f"ec_paramgen_curve:{name}", *more)


def rsa(bits: int, exponent: int = 65537) -> tuple[str, ...]:
    """Return the arguments for an RSA key."""
    return ("RSA", "-pkeyopt", f"rsa_keygen_bits:{bits}", "-pkeyopt", f"rsa_keygen_pubexp:{exponent}")


def refusal(data: bytes) -> dict[str, str]:
    """Return why *data* is not taken."""
    with pytest.raises(InvalidInput) as caught:
        read_certification_request(data)
    return caught.value.fields


@pytest.mark.parametrize(
    ("key", "sign", "described"),
    [
        (rsa(2048), ("-sha256",), "rsa2048"),
        (rsa(2048), ("-sha384",), "rsa2048"),
        (rsa(3072), ("-sha512",), "rsa3072"),
        (rsa(2048), ("-sha256", "-sigopt", "rsa_padding_mode:pss"), "rsa2048"),
        (rsa(2048), ("-sha512", "-sigopt", "rsa_padding_mode:pss", "-sigopt", "rsa_pss_saltlen:20"), "rsa2048"),
        (curve("P-256"), ("-sha256",), "p256"),
        (curve("P-256"), ("-sha512",), "p256"),
        (curve("P-384"), ("-sha384",), "p384"),
    ],
)
def test_requests_of_openssl_are_read(
    openssl_request: MakeRequest, key: tuple[str, ...], sign: tuple[str, ...], described: str
) -> None:
    """Every key and every signature that is accepted, in PEM and in DER."""
    pem = openssl_request(*key, sign=sign)
    der = x509.load_pem_x509_csr(pem).public_bytes(Encoding.DER)
    assert describe_key(read_certification_request(pem)) == described
    assert fingerprint_key(read_certification_request(der)) == fingerprint_key(read_certification_request(pem))


@pytest.mark.parametrize(
    ("key", "field", "words"),
    [
        (rsa(1024), "key", "has 1024 bits"),
        (rsa(2048, exponent=3), "key", "has the public exponent 3"),
        (curve("P-192"), "key", "is neither RSA nor on P-256"),
        (curve("secp256k1"), "key", "is neither RSA nor on P-256"),
        (curve("brainpoolP256r1"), "key", "is neither RSA nor on P-256"),
        (("ED25519",), "key", "Ed25519 included"),
        (("DSA", "-pkeyopt", "dsa_paramgen_bits:1024"), "key", "is neither RSA nor on P-256"),
        (("RSA-PSS", "-pkeyopt", "rsa_keygen_bits:2048"), "key", "bound to RSASSA-PSS"),
    ],
)
def test_keys_that_browsers_or_reason_refuse_are_named(
    openssl_request: MakeRequest, key: tuple[str, ...], field: str, words: str
) -> None:
    """And nothing else of them is looked at."""
    fields = refusal(openssl_request(*key, sign=()))
    assert fields.keys() == {field}
    assert words in fields[field]


@pytest.mark.parametrize(
    "sign", [("-sha1",), ("-md5",), ("-sha224",), ("-sha1", "-sigopt", "rsa_padding_mode:pss"), ("-sha3-256",)]
)
def test_weak_and_rare_signatures_are_refused(openssl_request: MakeRequest, sign: tuple[str, ...]) -> None:
    assert refusal(openssl_request(*rsa(2048), sign=sign)) == {"request": told.WEAK_SIGNATURE}


def test_request_of_nss_is_read(tmp_path: Path) -> None:
    """As Firefox's and Chrome's own tool on Linux writes it: a description first, and NEW in the label."""
    certutil, noise = require_binary("certutil", package="libnss3-tools"), tmp_path / "noise"
    noise.write_bytes(bytes(range(256)))
    for command in (
        ["-N", "--empty-password"],
        ["-R", "-s", "CN=me", "-k", "ec", "-q", "nistp256", "-z", noise, "-a", "-o", tmp_path / "request"],
    ):
        subprocess.run([certutil, "-d", f"sql:{tmp_path}", *command], check=True, capture_output=True)
    text = (tmp_path / "request").read_bytes()
    assert b"BEGIN NEW CERTIFICATE REQUEST" in text
    assert describe_key(read_certification_request(text)) == "p256"


def test_curve_spelt_out_and_compressed_point_are_the_same_key(tmp_path: Path) -> None:
    """However it is written, the key is recognised."""
    openssl = require_binary("openssl", package="openssl")
    plain = ec_key()
    (tmp_path / "key.pem").write_bytes(
        plain.private_bytes(Encoding.PEM, PrivateFormat.TraditionalOpenSSL, NoEncryption())
    )
    for number, options in enumerate((("-conv_form", "compressed"), ("-param_enc", "explicit"))):
        key, request = tmp_path / f"{number}.pem", tmp_path / f"{number}.csr"
        for command in (
            [openssl, "ec", "-in", tmp_path / "key.pem", *options, "-out", key],
            [openssl, "req", "-new", "-key", key, "-subj", "/CN=alice", "-out", request],
        ):
            subprocess.run(command, check=True, capture_output=True)
        read = read_certification_request(request.read_bytes())
        assert fingerprint_key(read) == fingerprint_key(plain.public_key())


def test_everything_around_the_request_is_overlooked() -> None:
    """What `openssl req -text`, mail programs and Windows put there."""
    key, pem = ec_key(), request_pem(ec_key())
    expected = read_certification_request(pem.encode())
    for text in (
        "Certificate Request:\n    Data:\n        Version: 1 (0x0)\n" + pem,
        pem + "\n\nRegards,\nÄlice\n",
        pem.replace("\n", "\r\n"),
        pem.replace("CERTIFICATE REQUEST", "NEW CERTIFICATE REQUEST"),
        pem.replace("\n", "\n  "),
        "\ufeff" + pem,
        pem.rstrip("\n"),
    ):
        assert read_certification_request(text.encode()) == expected
    assert read_certification_request(pem.encode("utf-16")) == expected  # as PowerShell's redirection writes it
    assert read_certification_request(request_der(key)) == key.public_key()


def _private_key(kind: PrivateFormat = PrivateFormat.PKCS8) -> str:
    return ec_key().private_bytes(Encoding.PEM, kind, NoEncryption()).decode()


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("", armour.NO_REQUEST),
        ("please give me a certificate", armour.NO_REQUEST),
        (base64.encodebytes(request_der()).decode(), armour.NO_ARMOUR),
        (request_pem() + request_pem(), armour.SEVERAL),
        (request_pem() + _private_key(), armour.PRIVATE_KEY),
        (_private_key(PrivateFormat.TraditionalOpenSSL), armour.PRIVATE_KEY),
        (self_sign("alice").pem, armour.CERTIFICATE),
        (request_pem().partition("-----END")[0], armour.NO_END),
        (request_pem().replace("END CERTIFICATE", "END NEW CERTIFICATE"), armour.NO_END),
        (request_pem().replace("MII", "M*I"), armour.NO_BASE64),
        (request_pem().replace("\n", "\nProc-Type: 4,ENCRYPTED\n", 1), armour.NO_BASE64),
        (request_pem().replace("MI", "MI\0"), armour.NO_TEXT),
        ("-----BEGIN CERTIFICATE REQUEST-----\n-----END CERTIFICATE REQUEST-----", told.MALFORMED),
        ("x" * 1_000_000, armour.TOO_LONG),
    ],
    ids=range(14),
)
def test_what_is_no_request_is_called_by_its_name(text: str, expected: str) -> None:
    assert refusal(text.encode()) == {"request": expected}


@pytest.mark.parametrize(
    "data",
    [
        b"\xff\xfe\x00\xd8",
        b"\x89PNG\r\n\x1a\n\x00\x00\xff",
        b"\x30" + b"\xff" * 200,
        request_der() + b"\x00",
        request_der()[:-1],
        b"\x30\x80" + request_der()[3:] + b"\x00\x00",
        b"\x30\x82\xff\xff" + b"\x30\x80" * 4000,
    ],
    ids=["utf-16", "picture", "lengths", "longer", "shorter", "ber", "nested"],
)
def test_damaged_der_is_refused(data: bytes) -> None:
    """Cut off, longer than it says, in BER, nested without end."""
    assert refusal(data)["request"] in {told.MALFORMED, armour.NO_TEXT}


def test_request_with_anothers_key_is_refused() -> None:
    """Copying a public key out of a certificate gives nobody a certificate for it."""
    theirs, own = build_request(), build_request()
    spki = theirs.public_key().public_bytes(Encoding.DER, _SPKI)
    mine = own.public_key().public_bytes(Encoding.DER, _SPKI)
    forged = own.public_bytes(Encoding.DER).replace(mine, spki)
    assert forged != own.public_bytes(Encoding.DER)
    assert refusal(forged) == {"request": told.NO_PROOF}


def test_request_with_a_signature_of_another_is_refused() -> None:
    """The signature has to be by the key, and over this very request."""
    key = ec_key()
    one, other = (build_request(key) for _ in range(2))
    changed = one.public_bytes(Encoding.DER).replace(b"mallory@", b"malpory@")
    assert refusal(changed) == {"request": told.NO_PROOF}
    swapped = one.public_bytes(Encoding.DER).replace(one.signature, build_request().signature)
    assert refusal(swapped).keys() == {"request"}
    assert read_certification_request(other.public_bytes(Encoding.DER)) == key.public_key()


def _tlv(tag: int, *contents: bytes) -> bytes:
    """Return a value in DER."""
    content = b"".join(contents)
    return (
        bytes([tag, 0x82]) + len(content).to_bytes(2) + content
        if len(content) > 127
        else bytes([tag, len(content)]) + content
    )


def _put_together(exponent: bytes) -> bytes:
    """Return a request of an RSA key with that exponent; no library makes one, and none signs it."""
    modulus = _tlv(2, b"\0" + rsa_key(2048).public_key().public_numbers().n.to_bytes(256))
    algorithm = bytes.fromhex("300d06092a864886f70d0101010500")
    key = _tlv(0x30, algorithm, _tlv(3, b"\0", _tlv(0x30, modulus, _tlv(2, exponent))))
    body = _tlv(0x30, _tlv(2, b"\0"), _tlv(0x30), key, bytes([0xA0, 0]))
    signature = _tlv(3, b"\0", b"\1" * 256)
    return _tlv(0x30, body, bytes.fromhex("300d06092a864886f70d01010b0500"), signature)


@pytest.mark.parametrize(
    ("exponent", "expected"),
    [
        (b"\x01\x00\x01", told.NO_PROOF),
        (b"\x01", told.MALFORMED),
        (b"\x00", told.MALFORMED),
        (b"\x01\x00\x00", told.MALFORMED),
        (b"\xff", told.MALFORMED),
        (b"", told.MALFORMED),
    ],
    ids=["usual", "one", "zero", "even", "negative", "none"],
)
def test_exponent_that_encrypts_nothing_is_refused(exponent: bytes, expected: str) -> None:
    """The usual one gets as far as the signature."""
    assert refusal(_put_together(exponent)) == {"request": expected}


def test_point_that_is_not_on_the_curve_is_refused() -> None:
    request = build_request()
    key = request.public_key()
    assert isinstance(key, ec.EllipticCurvePublicKey)
    point = key.public_bytes(Encoding.X962, _POINT)
    moved = request.public_bytes(Encoding.DER).replace(point, point[:-1] + bytes([point[-1] ^ 1]))
    assert refusal(moved) == {"request": told.MALFORMED}


@settings(max_examples=100)
@given(st.data())
def test_changed_octets_never_prove_anything(data: st.DataObject) -> None:
    """Whatever is changed, it is refused in words, or it is still the same key."""
    whole = bytearray(_SAMPLE)
    for _ in range(data.draw(st.integers(1, 4))):
        whole[data.draw(st.integers(0, len(whole) - 1))] = data.draw(st.integers(0, 255))
    try:
        key = read_certification_request(bytes(whole))
    except InvalidInput as error:
        fields = error.fields
    else:
        fields = {}
        assert fingerprint_key(key) == fingerprint_key(x509.load_der_x509_csr(_SAMPLE).public_key())
    assert fields.keys() <= {"request", "key"}


@settings(max_examples=50)
@given(st.binary(max_size=300) | st.text(max_size=300).map(str.encode))
def test_noise_is_refused_in_words(data: bytes) -> None:
    assert refusal(data).keys() <= {"request", "key"}
