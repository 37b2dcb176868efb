"""The outermost layer of DER: where one certificate ends and the next begins (X.690 §8.1.3, §10.1)."""

from collections.abc import Iterator

_SEQUENCE = 0x30
_LONG_FORM = 0x80


def split_certificates(data: bytes) -> Iterator[bytes]:
    """Yield the certificates that follow one another in *data*; raises `ValueError` at anything else."""
    while data:
        end = _end_of_sequence(data)
        yield data[:end]
        data = data[end:]


def require_certificate(data: bytes) -> None:
    """Raise `ValueError` unless *data* is exactly one SEQUENCE, as every certificate is."""
    if _end_of_sequence(data) != len(data):
        raise ValueError("data follows the certificate")


def _end_of_sequence(data: bytes) -> int:
    if len(data) < 2 or data[0] != _SEQUENCE:
        raise ValueError("not a certificate")
    content, length = 2, data[1]
    if length & _LONG_FORM:
        octets = length & ~_LONG_FORM
        if not 1 <= octets <= 4:
            raise ValueError("not DER")
        content, length = 2 + octets, int.from_bytes(data[2 : 2 + octets])
    if content + length > len(data):
        raise ValueError("the certificate is cut off")
    return content + length
