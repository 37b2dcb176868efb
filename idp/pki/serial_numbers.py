"""Serial numbers (RFC 5280 section 4.1.2.2)."""

import secrets

_RANDOM_BITS = 158


def create_serial_number() -> int:
    """Return 158 random bits below a leading one: always 20 octets, positive, less than 2^159."""
    return 1 << _RANDOM_BITS | secrets.randbits(_RANDOM_BITS)


def format_serial_number(serial_number: int) -> str:
    """Return lower-case hexadecimal with an even number of digits, as columns and claims carry it."""
    if serial_number < 0:
        return f"-{format_serial_number(-serial_number)}"
    text = f"{serial_number:x}"
    return text.zfill(len(text) + len(text) % 2)
