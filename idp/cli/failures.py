"""What an operator is told about an expected failure."""

from dataclasses import dataclass

from sqlalchemy.exc import DBAPIError

from idp.errors import ConfigurationError, IdpError, InvalidInput


@dataclass(frozen=True)
class Failure:
    """Lines for standard error, and the exit code of the process."""

    lines: tuple[str, ...]
    exit_code: int


def describe_failure(error: Exception) -> Failure | None:
    """Return what to tell about *error*, or None for one that is a fault of ours and deserves its traceback."""
    match error:
        case ConfigurationError():
            return Failure(error.problems, 2)
        case InvalidInput():
            return Failure(tuple(f"{name}: {text}" for name, text in error.fields.items()), 2)
        case IdpError():
            return Failure((str(error),), 1)
        case DBAPIError():
            return Failure((f"the database: {_first_line(error.orig)}",), 1)
        case OSError():
            return Failure((_describe_os_error(error),), 1)
    return None


def _first_line(error: BaseException | None) -> str:
    return next(iter(str(error).splitlines()), "no reason given")


def _describe_os_error(error: OSError) -> str:
    text = error.strerror or str(error)
    return f"{error.filename}: {text}" if error.filename else text
