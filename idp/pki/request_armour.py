"""A certification request out of what people paste and upload: PEM with anything around it, or DER (RFC 7468 section 7)."""

import base64
import binascii
import codecs
import re

from idp.errors import InvalidInput

# A request for the longest key that is taken has 2 KB in PEM; what tools print around it may be as long again.
MAXIMUM_OCTETS = 16384

_SEQUENCE = b"\x30"
_MARKS = ((codecs.BOM_UTF8, "utf-8-sig"), (codecs.BOM_UTF16_LE, "utf-16"), (codecs.BOM_UTF16_BE, "utf-16"))
_BEGIN = re.compile(r"-----BEGIN ([A-Z0-9 ]{1,40})-----")
_LABELS = {"CERTIFICATE REQUEST", "NEW CERTIFICATE REQUEST"}  # the second is what older tools and Windows write
_BASE64 = re.compile(r"[A-Za-z0-9+/=\s]{64,}")

TOO_LONG = f"This is longer than any certificate request: {MAXIMUM_OCTETS // 1024} KB are taken at most."
NO_TEXT = "This is neither text nor a certificate request in DER."
NO_REQUEST = "There is no certificate request in it. One begins with “-----BEGIN CERTIFICATE REQUEST-----”."
NO_ARMOUR = "The first and the last line are missing: “-----BEGIN CERTIFICATE REQUEST-----” and “-----END CERTIFICATE REQUEST-----”."
PRIVATE_KEY = (
    "There is a private key in it, which belongs to nobody but you. We have not kept it. "
    "Make a new key, and send its certificate request alone."
)
CERTIFICATE = "This is a certificate. What is needed here is the certificate request, which is made before it."
SEVERAL = "There are several certificate requests in it. Send them one by one."
NO_END = "The last line is missing, or is not that of the first: “-----END CERTIFICATE REQUEST-----”."
NO_BASE64 = "What stands between the first and the last line is damaged. Copy the whole of it once more."


def read_armour(data: bytes) -> bytes:
    """Return the one request in *data* in what should be DER; raise `InvalidInput` that says what else it is."""
    if len(data) > MAXIMUM_OCTETS:
        raise InvalidInput(request=TOO_LONG)
    if data.startswith(_SEQUENCE) and not data.isascii():
        return data
    return _decode(*_find_block(_read_text(data)))


def holds_private_key(data: bytes) -> bool:
    """Whether it should not be shown again."""
    return b"PRIVATE KEY" in data.replace(b"\0", b"")


def _read_text(data: bytes) -> str:
    encoding = next((encoding for mark, encoding in _MARKS if data.startswith(mark)), "utf-8")
    try:
        text = data.decode(encoding)
    except UnicodeDecodeError:
        raise InvalidInput(request=NO_TEXT) from None
    if "\0" in text:
        raise InvalidInput(request=NO_TEXT)
    return text


def _find_block(text: str) -> tuple[str, str]:
    """Return label and body of the one block."""
    begins = list(_BEGIN.finditer(text))
    labels = [begin[1] for begin in begins]
    if any(label.endswith("PRIVATE KEY") for label in labels):
        raise InvalidInput(request=PRIVATE_KEY)
    requests = [begin for begin in begins if begin[1] in _LABELS]
    if len(requests) > 1:
        raise InvalidInput(request=SEVERAL)
    if not requests:
        raise InvalidInput(request=_explain_absence(text, labels))
    return requests[0][1], text[requests[0].end() :]


def _explain_absence(text: str, labels: list[str]) -> str:
    if any("CERTIFICATE" in label for label in labels):
        return CERTIFICATE
    return NO_ARMOUR if not labels and _BASE64.fullmatch(text) else NO_REQUEST


def _decode(label: str, rest: str) -> bytes:
    body, end, _ = rest.partition(f"-----END {label}-----")
    if not end or "-----" in body:
        raise InvalidInput(request=NO_END)
    try:
        return base64.b64decode("".join(body.split()), validate=True)
    except (binascii.Error, ValueError):
        raise InvalidInput(request=NO_BASE64) from None
