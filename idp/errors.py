"""Facts that the domain raises and the upper floors translate.

::

    IdpError
    ├── ConfigurationError      the operator has to change something
    ├── NotFound                no such realm, user, client, certificate …
    ├── Conflict                the name is taken, or somebody else was faster
    ├── InvalidInput            one or more fields do not fit; `fields` says which
    ├── NotPermitted            whoever asks may not do this
    ├── PasswordMismatch        the password is wrong (or there is no such account)
    ├── AccountLocked           too many failures; `retry_after` says how long
    ├── LinkInvalid             a mail link is unknown, used, expired or superseded
    └── FlowExpired             an interactive login is over, or belongs to another browser
"""

from datetime import timedelta


class IdpError(Exception):
    """Base of every fact the domain raises; its text is for the log, never for a page."""


class ConfigurationError(IdpError):
    """Something the operator set is wrong; `problems` lists all of it, one line each."""

    def __init__(self, *problems: str) -> None:
        super().__init__("; ".join(problems))
        self.problems = problems


class NotFound(IdpError):
    """The named thing does not exist in this realm."""


class Conflict(IdpError):
    """The change collides with what is there."""


class InvalidInput(IdpError):
    """Fields do not fit; `fields` maps each field's name to a text for the person."""

    def __init__(self, **fields: str) -> None:
        super().__init__("; ".join(f"{name}: {text}" for name, text in fields.items()))
        self.fields = fields


class NotPermitted(IdpError):
    """Whoever asks may not do this; the text says what it would take."""


class PasswordMismatch(IdpError):
    """The password is wrong, or there is no account that it could belong to."""


class AccountLocked(IdpError):
    """Too many failures; nothing is tried again before `retry_after` has passed."""

    def __init__(self, retry_after: timedelta) -> None:
        super().__init__(f"locked for {retry_after.total_seconds():.0f} s")
        self.retry_after = retry_after


class LinkInvalid(IdpError):
    """A mail link is unknown, used, expired, superseded, or older than the password."""


class FlowExpired(IdpError):
    """An interactive login has ended, expired, or belongs to another browser."""
