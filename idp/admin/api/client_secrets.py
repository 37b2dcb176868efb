"""What clients prove themselves by: ``/realms/{realm}/clients/{id}/{client-secret,registration-access-token}``."""

from idp.admin.api.call import Call
from idp.admin.api.client_lookup import get_manageable_client
from idp.admin.api.client_representation import ClientRepresentation
from idp.admin.api.clients import CLIENT, MANAGE, describe
from idp.admin.api.concurrency import hold
from idp.admin.api.representation import Representation, milliseconds
from idp.admin.api.resource import Resource
from idp.clients.secrets import (
    drop_rotated_secret,
    replace_secret,
    reveal_rotated_secret,
    reveal_secret,
    uses_secret,
)
from idp.clients.self_registration import issue_registration_token
from idp.errors import InvalidInput, NotFound
from idp.events.tags import Tag
from idp.models import Client

client_secrets = Resource("Client secrets")
SECRET = "secret"  # noqa: S105 (a kind of credential)
_PATH = f"{CLIENT}/client-secret"


class SecretRepresentation(Representation):
    """A secret (Keycloak's CredentialRepresentation)."""

    type: str = SECRET
    value: str | None = None
    createdDate: int | None = None


# Not for who merely views: it is told to nobody who could not make a new one.
@client_secrets.get(_PATH, MANAGE)
def read(call: Call, client_row_id: str) -> SecretRepresentation:
    """Return the client's secret, without a value where it has none."""
    return _describe(call, get_manageable_client(call, client_row_id))


@client_secrets.post(_PATH, MANAGE, status=200)
def replace(call: Call, client_row_id: str) -> SecretRepresentation:
    """Replace the secret and return the new one; the old one is good for the client's ``countersign.secret_overlap``."""
    client = hold(call, get_manageable_client(call, client_row_id))
    if not uses_secret(client):
        raise InvalidInput(clientAuthenticatorType=f"{client.token_endpoint_auth_method} has no use for a secret.")
    services = call.services
    replace_secret(client, services.cipher, services.clock)
    _note(call, client, "client-secret")
    return _describe(call, client)


@client_secrets.get(f"{_PATH}/rotated", MANAGE)
def read_rotated(call: Call, client_row_id: str) -> SecretRepresentation:
    """Return the secret before the present one while it is still good."""
    client, services = get_manageable_client(call, client_row_id), call.services
    value = reveal_rotated_secret(client, services.cipher, services.clock.now())
    if value is None:
        raise NotFound("there is no rotated secret")
    return SecretRepresentation(value=value)


@client_secrets.delete(f"{_PATH}/rotated", MANAGE)
def delete_rotated(call: Call, client_row_id: str) -> None:
    """Void the secret before the present one."""
    client, services = hold(call, get_manageable_client(call, client_row_id)), call.services
    if reveal_rotated_secret(client, services.cipher, services.clock.now()) is None:
        raise NotFound("there is no rotated secret")
    drop_rotated_secret(client)
    _note(call, client, "client-secret/rotated")


@client_secrets.post(f"{CLIENT}/registration-access-token", MANAGE, status=200)
def replace_registration_token(call: Call, client_row_id: str) -> ClientRepresentation:
    """Make a token with which the client can change its own registration (RFC 7592), and return it, once; the old one is void."""
    client = hold(call, get_manageable_client(call, client_row_id))
    token = issue_registration_token(client)
    _note(call, client, "registration-access-token")
    return describe(call, client).model_copy(update={"registrationAccessToken": token})


def _describe(call: Call, client: Client) -> SecretRepresentation:
    made = client.secret_created_at
    return SecretRepresentation(
        value=reveal_secret(client, call.services.cipher), createdDate=None if made is None else milliseconds(made)
    )


def _note(call: Call, client: Client, what: str) -> None:
    call.session.flush()
    call.record(Tag.CLIENT_SECRET_REPLACED, f"clients/{client.id}/{what}", client_id=client.client_id)
