"""Show enough of an account for its owner to recognise, and not more."""


def mask_email(email: str) -> str:
    """Return ``a•••@e•••.org`` for ``alice@example.org``."""
    name, _, domain = email.partition("@")
    host, dot, rest = domain.rpartition(".")
    return f"{name[:1]}•••@{host[:1]}•••{dot}{rest}"


def mask_name(name: str) -> str:
    """Return the first letter of a username and dots."""
    return f"{name[:1]}•••"
