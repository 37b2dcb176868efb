"""Which system reads which file."""

import pytest

from idp.pki.pkcs12 import Encryption
from idp.pki.platforms import PLATFORMS, Platform, encryption_for, get_platform_facts, guess_platform

WINDOWS = (
    "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/156.0.0.0 Safari/537.36"
)


@pytest.mark.parametrize(
    ("user_agent", "platform"),
    [
        (WINDOWS, "windows"),
        (WINDOWS + " Edg/156.0.0.0", "windows"),
        (WINDOWS.replace("NT 10.0", "NT 6.1"), "other"),
        ("Mozilla/5.0 (Windows NT 10.0; Win64; x64; rv:153.0) Gecko/20100101 Firefox/153.0", "firefox"),
        ("Mozilla/5.0 (X11; Linux x86_64; rv:153.0) Gecko/20100101 Firefox/153.0", "firefox"),
        ("Mozilla/5.0 (Macintosh; Intel Mac OS X 10.15; rv:153.0) Gecko/20100101 Firefox/153.0", "firefox"),
        ("Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) AppleWebKit/605.1.15 Version/26.0 Safari/605.1.15", "macos"),
        (
            "Mozilla/5.0 (iPhone; CPU iPhone OS 19_0 like Mac OS X) AppleWebKit/605.1.15 Mobile/15E148 Safari/604.1",
            "ios",
        ),
        (
            "Mozilla/5.0 (iPad; CPU OS 19_0 like Mac OS X) AppleWebKit/605.1.15 FxiOS/150.0 Mobile Safari/605.1.15",
            "ios",
        ),
        ("Mozilla/5.0 (Linux; Android 16; K) AppleWebKit/537.36 Chrome/156.0.0.0 Mobile Safari/537.36", "android"),
        ("Mozilla/5.0 (Android 16; Mobile; rv:153.0) Gecko/153.0 Firefox/153.0", "android"),
        ("Mozilla/5.0 (X11; CrOS x86_64 16000.0.0) AppleWebKit/537.36 Chrome/156.0.0.0 Safari/537.36", "chromeos"),
        ("Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 Chrome/156.0.0.0 Safari/537.36", "linux"),
        ("curl/8.5.0", "other"),
        ("", "other"),
        ("\x00\udcff" * 10, "other"),
    ],
)
def test_user_agent_suggests_a_platform(user_agent: str, platform: str) -> None:
    """Firefox on a computer has a store of its own; Windows 7 and 8 cannot read AES-256."""
    assert guess_platform(user_agent) == platform


def test_encryption_follows_what_each_platform_reads() -> None:
    """Only where AES-256 is known to be read is it chosen; all have a reason in words."""
    modern = {platform for platform in Platform if encryption_for(platform) is Encryption.AES256}
    assert modern == {Platform.WINDOWS, Platform.LINUX, Platform.CHROMEOS, Platform.FIREFOX}
    assert set(PLATFORMS) == set(Platform)
    assert all(facts.label and facts.reason for facts in PLATFORMS.values())


def test_unknown_platform_gets_what_everything_reads() -> None:
    """A form value that is no platform does no harm."""
    assert encryption_for("amiga") is Encryption.TRIPLE_DES
    assert get_platform_facts("") is PLATFORMS[Platform.OTHER]
