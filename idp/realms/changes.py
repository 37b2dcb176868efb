"""What can be changed about a realm: each setting by its name, with the values it may have, as text.

Durations are a number with s, m, h or d for seconds, minutes, hours or days.
"""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from datetime import timedelta
from typing import Any

from idp.errors import InvalidInput
from idp.models import Realm
from idp.realms.realms import CERTIFICATE_POLICIES, REGISTRATION_POLICIES

_UNITS = {"d": 86400, "h": 3600, "m": 60, "s": 1}
_DURATION = re.compile(r"(\d{1,9})([smhd])")
_THEME = re.compile(r"[A-Za-z0-9_-]{1,64}")
_SWITCH = {"true": True, "yes": True, "on": True, "false": False, "no": False, "off": False}


@dataclass(frozen=True)
class Setting:
    """A column of the realm's row, and how it is written; `parse` raises `ValueError` with what is asked for.

    For forms: *kind* is text, theme, switch, choice, number or duration; a choice is one of *values*, the last two have bounds.
    """

    parse: Callable[[str], Any]
    show: Callable[[Any], str] = str
    kind: str = "text"
    values: tuple[str, ...] = ()
    least: str = ""
    most: str = ""


def change_realm(realm: Realm, wanted: Mapping[str, str]) -> dict[str, Any]:
    """Change the settings in *wanted* and return their new values; raise `InvalidInput` with all problems, changing nothing."""
    values: dict[str, Any] = {}
    problems: dict[str, str] = {}
    for name, text in wanted.items():
        try:
            values[name] = _get_setting(name).parse(text.strip())
        except ValueError as error:
            problems[name] = str(error)
    if problems:
        raise InvalidInput(**problems)
    for name, value in values.items():
        setattr(realm, name, value)
    return values


def describe_realm(realm: Realm) -> dict[str, str]:
    """Return every setting with its value as `change_realm` takes it."""
    return {name: setting.show(getattr(realm, name)) for name, setting in SETTINGS.items()}


def _get_setting(name: str) -> Setting:
    if name not in SETTINGS:
        raise ValueError("There is no such setting of a realm.")
    return SETTINGS[name]


def _text(value: str) -> str:
    if len(value) > 255 or not value.isprintable():
        raise ValueError("Use at most 255 visible characters.")
    return value


def _theme(value: str) -> str:
    if not _THEME.fullmatch(value):
        raise ValueError("Use the name of a theme's folder.")
    return value


def _choice(values: tuple[str, ...]) -> Setting:
    def parse(value: str) -> str:
        if value not in values:
            raise ValueError(f"Use one of {', '.join(values)}.")
        return value

    return Setting(parse, kind="choice", values=values)


def _switch(value: str) -> bool:
    if value.lower() not in _SWITCH:
        raise ValueError("Use yes or no.")
    return _SWITCH[value.lower()]


def _show_switch(value: bool) -> str:
    return "yes" if value else "no"


def _number(least: int, most: int) -> Setting:
    def parse(value: str) -> int:
        number = int(value) if value.isascii() and value.isdigit() else -1
        if not least <= number <= most:
            raise ValueError(f"Use a number from {least} to {most}.")
        return number

    return Setting(parse, kind="number", least=str(least), most=str(most))


def _duration(least: str, most: str) -> Setting:
    def parse(value: str) -> int:
        seconds = _seconds(value)
        if seconds is None or not (_seconds(least) or 0) <= seconds <= (_seconds(most) or 0):
            raise ValueError(f"Use a duration from {least} to {most}, such as {most}.")
        return seconds

    return Setting(parse, show_duration, kind="duration", least=least, most=most)


def _retention(least: str) -> Setting:
    """Return the setting of a time after which something is forgotten; 0s is never."""
    duration = _duration(least, "3650d")

    def parse(value: str) -> int:
        return 0 if _seconds(value) == 0 else int(duration.parse(value))

    return replace(duration, parse=parse)


def parse_duration(text: str) -> timedelta:
    """Return the duration that *text* says; raise `ValueError` with what is asked for."""
    seconds = _seconds(text)
    if seconds is None:
        raise ValueError("Use a number with s, m, h or d, such as 7d.")
    return timedelta(seconds=seconds)


def _seconds(text: str) -> int | None:
    match = _DURATION.fullmatch(text)
    return int(match[1]) * _UNITS[match[2]] if match else None


def show_duration(seconds: int) -> str:
    """Return *seconds* in the largest unit that divides them."""
    unit = next(unit for unit, length in _UNITS.items() if seconds % length == 0)
    return f"{seconds // _UNITS[unit]}{unit}"


_SWITCHED = Setting(_switch, _show_switch, kind="switch")
SETTINGS: Mapping[str, Setting] = {
    "display_name": Setting(_text),
    "enabled": _SWITCHED,
    "theme": Setting(_theme, kind="theme"),
    "certificate_policy": _choice(CERTIFICATE_POLICIES),
    "certificate_lifetime": _duration("1m", "824d"),
    "certificate_limit": _number(1, 100),
    "certificate_renewal_window": _duration("0s", "365d"),
    "certificate_overlap": _duration("0s", "90d"),
    "reenrolment_after_expiry": _SWITCHED,
    "certificate_first": _SWITCHED,
    "console_certificate_required": _SWITCHED,
    "impersonation": _SWITCHED,
    "crl_lifetime": _duration("1h", "30d"),
    "enrolment_by_mail": _SWITCHED,
    "recovery_by_mail": _SWITCHED,
    "action_link_lifetime": _duration("1m", "7d"),
    "session_idle_lifetime": _duration("1m", "90d"),
    "session_lifetime": _duration("1m", "365d"),
    "access_token_lifetime": _duration("10s", "1d"),
    "login_lifetime": _duration("1m", "1d"),
    "offline_idle_lifetime": _duration("1m", "365d"),
    "offline_lifetime": _duration("1m", "3650d"),
    "client_registration": _choice(REGISTRATION_POLICIES),
    "key_rotation_interval": _duration("0s", "3650d"),
    "event_retention": _retention("1d"),
    "admin_event_retention": _retention("30d"),
    "password_min_length": _number(8, 128),
    "max_login_failures": _number(1, 100),
    "lock_increment": _duration("1s", "1d"),
    "max_lock": _duration("1s", "7d"),
}
