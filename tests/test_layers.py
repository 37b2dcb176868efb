"""Imports point down: each room stands on a floor, and knows only the floors below its own."""

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

PACKAGE = Path(__file__).resolve().parent.parent / "idp"

# From the ground up. Rooms on one floor do not import one another.
FLOORS = (
    {"errors"},
    {"clock", "encryption", "fields", "languages", "resources", "settings"},
    {"models"},
    {"storage", "themes"},
    {"realms", "users", "clients", "sessions", "events", "mail", "keys", "pki", "fetching"},
    {"provisioning", "notices"},
    {"transfer"},
    {"web"},
    {"login"},
    {"oidc", "distribution"},
    {"account", "admin"},
    {"app", "serving"},
    {"demo"},
    {"cli"},
    {"__main__"},
)
FLOOR_OF = {room: number for number, rooms in enumerate(FLOORS) for room in rooms}
WEB_UP = {room for room, floor in FLOOR_OF.items() if floor >= FLOOR_OF["web"]}
LIBRARIES = {
    "starlette": WEB_UP,
    "uvicorn": {"serving"},
    "fastapi": {"admin"},
    "authlib": {"oidc", "demo"},
    "httpx": {"demo"},
    "aiosmtpd": {"demo"},
    "alembic": {"storage"},
    "redis": {"storage"},
    "python_multipart": {"web"},
    "smtplib": {"mail"},
    "jinja2": {"themes", "mail", "web", "demo"},
    "babel": {"languages"},
    "svg": {"admin"},
    "ijson": {"transfer"},
    "bcrypt": {"users"},
    "typer": {"cli"},
}
MODULES = sorted(PACKAGE.rglob("*.py"))


def room_of(path: Path) -> str:
    """The room a module belongs to: its folder right under ``idp``, or the module itself."""
    return path.relative_to(PACKAGE).parts[0].removesuffix(".py")


def imported(path: Path) -> Iterator[tuple[int, str]]:
    """Each imported module with its line, also the imports inside functions."""
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.Import):
            yield from ((node.lineno, alias.name) for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{path}:{node.lineno} imports relatively"
            names = [f"{node.module}.{alias.name}" for alias in node.names] if node.module == "idp" else [node.module]
            yield from ((node.lineno, str(name)) for name in names)


def test_every_room_has_a_floor() -> None:
    """A new room says where it stands."""
    rooms = {room_of(path) for path in MODULES} - {"__init__"}

    assert rooms - FLOOR_OF.keys() == set()


@pytest.mark.parametrize("path", MODULES, ids=lambda path: str(path.relative_to(PACKAGE)))
def test_imports_point_down(path: Path) -> None:
    """A room imports itself and rooms on lower floors."""
    room = room_of(path)
    floor = FLOOR_OF.get(room, -1)
    targets = [(line, name.split(".")[1]) for line, name in imported(path) if name.startswith("idp.")]
    wrong = [
        f"line {line}: {room} imports {target}"
        for line, target in targets
        if target != room and not target.startswith("__") and FLOOR_OF[target] >= floor
    ]

    assert wrong == []


@pytest.mark.parametrize("path", MODULES, ids=lambda path: str(path.relative_to(PACKAGE)))
def test_libraries_stay_in_their_rooms(path: Path) -> None:
    """What could be exchanged one day is known in few places."""
    room = room_of(path)
    wrong = [
        f"line {line}: {room} imports {name}"
        for line, name in imported(path)
        if room not in LIBRARIES.get(name.partition(".")[0], {room})
    ]

    assert wrong == []


@pytest.mark.parametrize("path", MODULES, ids=lambda path: str(path.relative_to(PACKAGE)))
def test_addresses_are_fetched_in_one_way(path: Path) -> None:
    """Whatever goes to an address that somebody named goes through the guarded fetcher."""
    names = {name for _, name in imported(path)}
    clients = {"http.client", "urllib.request", "urllib3", "requests", "httpx", "aiohttp"}

    assert room_of(path) == "fetching" or names.isdisjoint(clients)
