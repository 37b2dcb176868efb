"""Steps of the tests of clients."""

from typing import Any

from idp.models import Client
from tests.admin.api.world import URL, World

CLIENTS = "/realms/demo/clients"
CALLBACK = "https://app.example.org/callback"


def make(world: World, token: str, **body: Any) -> str:
    """Register a client and return its path."""
    response = world.call("POST", CLIENTS, token, json={"clientId": "app", "redirectUris": [CALLBACK], **body})
    assert response.status_code == 201, response.text
    return str(response.headers["location"].removeprefix(f"{URL}/admin"))


def row(world: World, path: str) -> Client:
    with world.transaction() as session:
        return session.get_one(Client, path.rpartition("/")[2])
