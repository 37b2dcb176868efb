"""Which browser and system somebody uses, guessed from the User-Agent: good enough to choose a guide, never to decide."""

from dataclasses import dataclass

_FAMILIES = (  # the order matters: Edge and Samsung also claim to be Chrome, Chrome also claims to be Safari
    ("Edg", "edge"),
    ("Firefox", "firefox"),
    ("FxiOS", "firefox"),
    ("CriOS", "chrome"),
    ("Chrom", "chrome"),
    ("Safari", "safari"),
)
_PLATFORMS = (
    ("iPhone", "ios"),
    ("iPad", "ios"),
    ("Android", "android"),
    ("CrOS", "chromeos"),
    ("Windows", "windows"),
    ("Macintosh", "macos"),
    ("Linux", "linux"),
)
_FAMILY_NAMES = {"edge": "Edge", "firefox": "Firefox", "chrome": "Chrome", "safari": "Safari", "other": "A browser"}
_PLATFORM_NAMES = {
    "ios": "iPhone or iPad",
    "android": "Android",
    "chromeos": "ChromeOS",
    "windows": "Windows",
    "macos": "macOS",
    "linux": "Linux",
    "other": "an unknown system",
}


@dataclass(frozen=True)
class Browser:
    """`family` is chrome, edge, firefox, safari or other; `platform` windows, macos, linux, android, ios, chromeos or other."""

    family: str
    platform: str

    def __str__(self) -> str:
        return f"{_FAMILY_NAMES[self.family]} on {_PLATFORM_NAMES[self.platform]}"


def guess_browser(user_agent: str) -> Browser:
    """Return what the User-Agent header suggests."""
    return Browser(_first(_FAMILIES, user_agent), _first(_PLATFORMS, user_agent))


def _first(table: tuple[tuple[str, str], ...], text: str) -> str:
    return next((value for needle, value in table if needle in text), "other")
