"""Serial numbers."""

import pytest

from idp.pki.serial_numbers import create_serial_number, format_serial_number


def test_serial_numbers_are_random_positive_and_of_twenty_octets() -> None:
    """A thousand differ, and each fits into RFC 5280's bounds."""
    numbers = {create_serial_number() for _ in range(1000)}
    assert len(numbers) == 1000
    assert {number.bit_length() for number in numbers} == {159}
    assert {len(format_serial_number(number)) for number in numbers} == {40}


@pytest.mark.parametrize(("number", "text"), [(0, "00"), (1, "01"), (255, "ff"), (256, "0100"), (-5, "-05")])
def test_serial_numbers_are_written_in_whole_octets(number: int, text: str) -> None:
    """Two digits an octet."""
    assert format_serial_number(number) == text
