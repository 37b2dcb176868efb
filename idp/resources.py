"""Where the files beside the code are: in the repository, or in an installed wheel."""

from pathlib import Path

_PACKAGE = Path(__file__).parent


def themes_directory() -> Path:
    """Return the folder of the built-in themes."""
    return _installed_or_repository("_themes", "themes")


def migrations_directory() -> Path:
    """Return the folder of the database migrations."""
    return _installed_or_repository("_migrations", "migrations")


def _installed_or_repository(installed: str, repository: str) -> Path:
    inside = _PACKAGE / installed
    return inside if inside.is_dir() else _PACKAGE.parent / repository
