"""The form of a trust anchor's settings: every field as text, by its dotted name."""

from collections.abc import Mapping

from idp.errors import InvalidInput
from idp.pki.anchor_settings import AnchorSettings
from idp.pki.anchor_texts import change_settings, show_settings
from idp.web.parameters import Parameters

_SWITCHES = (
    "require_client_auth",
    "first_use",
    "registration",
    "revocation.use_distribution_points",
    "revocation.fail_open",
)
_LISTS = ("policies", "revocation.crl_urls")
_AGE = "revocation.maximum_age"
_UNITS = {"s": 1, "m": 60, "h": 3600, "d": 86400}


def show_form(settings: AnchorSettings) -> dict[str, str]:
    """Return what the fields hold for *settings*."""
    typed = show_settings(settings)
    typed = {name: "yes" if value == "true" else "" if value == "false" else value for name, value in typed.items()}
    for name in _LISTS:
        typed[name] = typed[name].replace(",", "\n")
    seconds = settings.revocation.maximum_age
    unit = next(unit for unit in "dhms" if seconds % _UNITS[unit] == 0)
    return typed | {_AGE: str(seconds // _UNITS[unit]), f"{_AGE}.unit": unit}


def read_form(form: Parameters) -> dict[str, str]:
    """Return what was typed, as `show_form` has it."""
    return {name: form.get(name, "")[:65536] for name in show_form(AnchorSettings())}


def parse_form(typed: Mapping[str, str]) -> AnchorSettings:
    """Return the settings; raise `InvalidInput` with every field that does not fit, by its name in the form.

    A pattern or an attribute that the chosen source and target have no use for is left out, as no script hides its field.
    """
    texts = {name: value.strip() for name, value in typed.items() if name != f"{_AGE}.unit"}
    texts |= {name: "yes" if texts[name] else "no" for name in _SWITCHES}
    for name in _LISTS:
        parts = typed[name].replace(",", "\n" if name == "policies" else "%2C").split()
        texts[name] = ",".join(parts)
    if texts["mapping.source"] != "subject":
        texts["mapping.pattern"] = ""
    if texts["mapping.target"] != "attribute":
        texts["mapping.attribute"] = ""
    texts[_AGE] = _count_seconds(texts[_AGE], typed[f"{_AGE}.unit"])
    try:
        return change_settings(AnchorSettings(), texts)
    except InvalidInput as error:
        raise InvalidInput(**{_find_field(name, text): text for name, text in error.fields.items()}) from error


def _count_seconds(number: str, unit: str) -> str:
    if not (number.isascii() and number.isdecimal() and len(number) <= 9 and unit in _UNITS):
        return number or "-"
    return str(int(number) * _UNITS[unit])


def _find_field(name: str, text: str) -> str:
    """Return the field for a problem of one of a list's parts, or of the mapping as a whole."""
    if name == "mapping":
        if "attribute" not in text:
            return "mapping.pattern"
        return "mapping.attribute" if "attribute is to be given" in text else "mapping.target"
    known = show_form(AnchorSettings())
    return name if name in known else name.rpartition(".")[0]
