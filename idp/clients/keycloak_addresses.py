"""A client's addresses in Keycloak's export: relative ones and wildcards are its own, and only the former have a counterpart."""

from collections.abc import Mapping
from typing import Any

from idp.clients.uris import verify_page_uri, verify_redirect_uri, verify_web_origin, web_origin_of


def read_addresses(document: Mapping[str, Any], attributes: Mapping[str, str], notes: list[str]) -> dict[str, Any]:
    """Return where answers go, where people land, and whose scripts may read."""
    root = document.get("rootUrl") or ""
    redirects = _usable("redirectUris", [absolute(uri, root) for uri in document.get("redirectUris") or []], notes)
    typed = attributes.get("post.logout.redirect.uris", "")
    after = [
        uri for part in typed.split("##") if part for uri in (redirects if part == "+" else [absolute(part, root)])
    ]
    origins: list[str] = []
    for origin in document.get("webOrigins") or []:
        if origin == "+":
            origins += [web_origin_of(uri) for uri in redirects if uri.startswith(("https:", "http:"))]
        elif _is_usable(verify_web_origin, origin):
            origins.append(origin)
        else:
            notes.append(f"webOrigins: {cut(origin)} is no single origin")
    own_scheme = any(not uri.startswith(("https:", "http:")) for uri in redirects)
    return {
        "application_type": "native" if own_scheme else "web",
        "redirect_uris": redirects,
        "post_logout_redirect_uris": _usable("post.logout.redirect.uris", after, notes),
        "web_origins": list(dict.fromkeys(origins)),
    }


def _usable(name: str, uris: list[Any], notes: list[str]) -> list[str]:
    """Return the addresses that may be registered; wildcards have no counterpart, as answers go to exact addresses alone."""
    for uri in uris:
        if not _is_usable(verify_redirect_uri, uri):
            wild = "a wildcard: register each address" if "*" in str(uri) else "nothing that can be registered"
            notes.append(f"{name}: {cut(uri)} is {wild}")
    return [uri for uri in dict.fromkeys(map(str, uris)) if _is_usable(verify_redirect_uri, uri)]


def _is_usable(verify: Any, uri: Any) -> bool:
    try:
        verify(uri)
    except (ValueError, TypeError, AttributeError):
        return False
    return True


def read_home(document: Mapping[str, Any], notes: list[str]) -> str:
    """Return the address of the application's first page, or nothing."""
    home = absolute(document.get("baseUrl") or "", document.get("rootUrl") or "") or document.get("rootUrl") or ""
    if home and not _is_usable(verify_page_uri, home):
        notes.append(f"baseUrl: {cut(home)} is no address of a page")
        return ""
    return str(home)


def absolute(uri: Any, root: Any) -> Any:
    """Return the address with *root* before it where it is relative, as Keycloak has it; what is no text stays."""
    return f"{root.rstrip('/')}{uri}" if isinstance(uri, str) and isinstance(root, str) and uri.startswith("/") else uri


def cut(value: Any) -> str:
    """Return *value* as it may stand in a report."""
    return repr(value)[:120]
