"""Which systems read which PKCS#12 file, and why."""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum

from idp.pki.pkcs12 import Encryption


class Platform(StrEnum):
    """Where a certificate is installed: an operating system's store, or Firefox's own."""

    WINDOWS = "windows"
    MACOS = "macos"
    IOS = "ios"
    ANDROID = "android"
    LINUX = "linux"
    CHROMEOS = "chromeos"
    FIREFOX = "firefox"
    OTHER = "other"


@dataclass(frozen=True)
class PlatformFacts:
    """What to call a platform, how its file is encrypted, and the reason in words."""

    label: str
    encryption: Encryption
    reason: str


_READS_AES = "It reads files encrypted with AES-256, the stronger of the two ways."
_APPLE = (
    "Apple's key stores refuse files encrypted with AES-256 and call the password wrong, so this file is "
    "encrypted with Triple DES. Your password is what protects it."
)
_ANDROID = (
    "Many Android versions refuse files encrypted with AES-256 and call the password wrong, so this file is "
    "encrypted with Triple DES. Your password is what protects it."
)
_UNKNOWN = (
    "Every system reads files encrypted with Triple DES; not every system reads AES-256. Your password is what "
    "protects it."
)

PLATFORMS: Mapping[Platform, PlatformFacts] = {
    Platform.WINDOWS: PlatformFacts("Windows 10 or 11", Encryption.AES256, _READS_AES),
    Platform.MACOS: PlatformFacts("macOS", Encryption.TRIPLE_DES, _APPLE),
    Platform.IOS: PlatformFacts("iPhone or iPad", Encryption.TRIPLE_DES, _APPLE),
    Platform.ANDROID: PlatformFacts("Android", Encryption.TRIPLE_DES, _ANDROID),
    Platform.LINUX: PlatformFacts("Linux", Encryption.AES256, _READS_AES),
    Platform.CHROMEOS: PlatformFacts("ChromeOS", Encryption.AES256, _READS_AES),
    Platform.FIREFOX: PlatformFacts("Firefox on a computer", Encryption.AES256, _READS_AES),
    Platform.OTHER: PlatformFacts("Another system", Encryption.TRIPLE_DES, _UNKNOWN),
}

# The first row with a mark in the User-Agent decides. Firefox on a computer keeps certificates of its own; on
# telephones every browser uses the system's. Windows before 10 ("NT 6") does not read AES-256.
_MARKS: tuple[tuple[Platform, tuple[str, ...]], ...] = (
    (Platform.IOS, ("iPhone", "iPad", "iPod")),
    (Platform.ANDROID, ("Android",)),
    (Platform.FIREFOX, ("Firefox/",)),
    (Platform.CHROMEOS, ("CrOS",)),
    (Platform.OTHER, ("Windows NT 6", "Windows NT 5")),
    (Platform.WINDOWS, ("Windows",)),
    (Platform.MACOS, ("Macintosh",)),
    (Platform.LINUX, ("Linux", "X11")),
)


def guess_platform(user_agent: str) -> str:
    """Return the `Platform` that a User-Agent header (RFC 9110 section 10.1.5) suggests; other if none."""
    for platform, marks in _MARKS:
        if any(mark in user_agent for mark in marks):
            return platform
    return Platform.OTHER


def encryption_for(platform: str) -> Encryption:
    """Return the strongest encryption that *platform* reads; Triple DES for an unknown one."""
    return get_platform_facts(platform).encryption


def get_platform_facts(platform: str) -> PlatformFacts:
    """Return label, encryption and reason; those of `Platform.OTHER` for an unknown one."""
    return PLATFORMS[Platform(platform) if platform in set(Platform) else Platform.OTHER]
