"""`idp client`: relying applications."""

import json
import sys
from typing import TYPE_CHECKING, Annotated, Any

import typer

from idp.cli import client_preview, client_tokens
from idp.cli.client_settings import MetadataOption, SetOption, read_settings_of_client
from idp.cli.permissions import ROLES_HELP, ensure_account_of_client, give_permissions
from idp.cli.workbench import ConfigOption, RealmOption, open_workbench

if TYPE_CHECKING:
    from idp.cli.workbench import Workbench
    from idp.models import Client, Realm

app = typer.Typer(help="Relying applications.", no_args_is_help=True)
app.add_typer(client_tokens.app, name="token")
app.command()(client_preview.preview)

ClientArgument = Annotated[str, typer.Argument(metavar="CLIENT", help="The client_id.")]


@app.command()
def create(
    client_id: ClientArgument,
    *,
    realm: RealmOption,
    redirect_uri: Annotated[list[str] | None, typer.Option(help="Where answers may go; give it once for each.")] = None,
    post_logout_redirect_uri: Annotated[list[str] | None, typer.Option(help="Where to go after signing out.")] = None,
    public: Annotated[bool, typer.Option("--public", help="No secret: for apps on devices and in browsers.")] = False,
    grant_type: Annotated[
        list[str] | None, typer.Option(help="Default: authorization_code and refresh_token; give it once for each.")
    ] = None,
    scope: Annotated[str | None, typer.Option(help="The scopes it may ask for.")] = None,
    name: Annotated[str | None, typer.Option(help="The name that people see.")] = None,
    home_uri: Annotated[str | None, typer.Option(help="Its start page.")] = None,
    require_certificate: Annotated[
        bool, typer.Option("--require-certificate", help="Nobody signs in to it without a certificate.")
    ] = False,
    secret_stdin: Annotated[
        bool, typer.Option("--secret-stdin", help="Read the secret from standard input instead of making one.")
    ] = False,
    metadata: MetadataOption = None,
    settings: SetOption = None,
    config: ConfigOption = None,
) -> None:
    """Register an application and print its secret, which is not shown again."""
    said = {
        "redirect_uris": redirect_uri,
        "post_logout_redirect_uris": post_logout_redirect_uri,
        "token_endpoint_auth_method": "none" if public else None,
        "grant_types": grant_type,
        "scope": scope,
        "client_name": name,
        "client_uri": home_uri,
        "certificate_policy": "required" if require_certificate else None,
    }
    secret = sys.stdin.readline().rstrip("\r\n") if secret_stdin else None
    document = read_settings_of_client(metadata, settings)
    with open_workbench(config) as bench:
        row = bench.get_realm(realm)
        given = {member: value for member, value in said.items() if value is not None}
        secret = _create(bench, row, client_id, {**document, **given}, secret)
    typer.echo(f"client_id: {client_id}")
    _print_secret(secret)


@app.command()
def grant(
    client_id: ClientArgument,
    roles: Annotated[list[str], typer.Argument(metavar="ROLE...", help=ROLES_HELP)],
    *,
    realm: RealmOption,
    config: ConfigOption = None,
) -> None:
    """Let an application administer in its own name, with the grant client_credentials."""
    from idp.clients.clients import get_client

    with open_workbench(config) as bench:
        row = bench.get_realm(realm)
        client = get_client(bench.session, row.id, client_id)
        give_permissions(bench, row, ensure_account_of_client(bench, client), roles)
    typer.echo(f"Client {client_id} of realm {realm} has {', '.join(roles)}.")


@app.command("list")
def list_all(*, realm: RealmOption, config: ConfigOption = None) -> None:
    """Print the client_id of every application, and its name for people."""
    from idp.clients.clients import list_clients

    with open_workbench(config) as bench:
        for client in list_clients(bench.session, bench.get_realm(realm).id):
            state = "" if client.enabled else "  (disabled)"
            typer.echo(f"{client.client_id}  {client.name}{state}".rstrip())


@app.command()
def show(
    client_id: ClientArgument,
    *,
    realm: RealmOption,
    as_json: Annotated[bool, typer.Option("--json", help="One document, as --metadata takes it.")] = False,
    config: ConfigOption = None,
) -> None:
    """Print the settings of an application, as `idp client set` takes them; never its secret."""
    from idp.clients.metadata.document import describe_metadata, show_texts
    from idp.clients.metadata.values import ClientMetadata

    with open_workbench(config) as bench:
        metadata = ClientMetadata.of(_get_client(bench, bench.get_realm(realm), client_id))
    if as_json:
        typer.echo(json.dumps(describe_metadata(metadata), indent=2, ensure_ascii=False))
        return
    for member, value in show_texts(metadata).items():
        typer.echo(f"{member}={value}")


@app.command("set")
def change(
    client_id: ClientArgument,
    changes: Annotated[list[str] | None, typer.Argument(metavar="NAME=VALUE...", help="See `idp client show`.")] = None,
    *,
    realm: RealmOption,
    metadata: MetadataOption = None,
    config: ConfigOption = None,
) -> None:
    """Change settings of an application, all or none; running servers follow within a second."""
    from idp.clients.clients import change_client
    from idp.clients.metadata.document import change_metadata
    from idp.clients.metadata.values import ClientMetadata
    from idp.events.tags import Tag
    from idp.oidc.registration.checks import verify_keys
    from idp.users.service_accounts import drop_unused_service_account

    wanted = read_settings_of_client(metadata, changes)
    with open_workbench(config) as bench:
        row = bench.get_realm(realm)
        client = _get_client(bench, row, client_id)
        changed = change_metadata(ClientMetadata.of(client), wanted)
        verify_keys(changed)
        secret = change_client(client, bench.cipher, bench.clock, changed)
        drop_unused_service_account(bench.session, bench.clock, client)
        bench.record(Tag.CLIENT_CHANGED, row, client_id=client_id, settings=sorted(wanted))
    typer.echo(f"Client {client_id} has been changed.")
    _print_secret(secret)


@app.command("replace-secret")
def replace_secret(client_id: ClientArgument, *, realm: RealmOption, config: ConfigOption = None) -> None:
    """Give an application a new secret and print it; the old one is void within a second, or after its `secret_overlap`."""
    from idp.clients.secrets import replace_secret as replace
    from idp.clients.secrets import uses_secret
    from idp.errors import Conflict
    from idp.events.tags import Tag

    with open_workbench(config) as bench:
        row = bench.get_realm(realm)
        client = _get_client(bench, row, client_id)
        if not uses_secret(client):
            raise Conflict(
                f"client {client_id!r} authenticates by {client.token_endpoint_auth_method}, without a secret"
            )
        secret = replace(client, bench.cipher, bench.clock)
        bench.record(Tag.CLIENT_SECRET_REPLACED, row, client_id=client_id)
    _print_secret(secret)


@app.command()
def delete(client_id: ClientArgument, *, realm: RealmOption, config: ConfigOption = None) -> None:
    """Delete an application, with the consents that people gave it and all its tokens."""
    from idp.clients.clients import delete_client
    from idp.errors import Conflict
    from idp.events.tags import Tag
    from idp.provisioning import OWN_CLIENTS

    if client_id in OWN_CLIENTS:
        raise Conflict(f"{client_id} is the dashboard or the console of the realm, which cannot do without")
    with open_workbench(config) as bench:
        row = bench.get_realm(realm)
        delete_client(bench.session, _get_client(bench, row, client_id))
        bench.record(Tag.CLIENT_DELETED, row, client_id=client_id)
    typer.echo(f"Client {client_id} has been deleted.")


def _create(bench: "Workbench", realm: "Realm", client_id: str, said: dict[str, Any], secret: str | None) -> str | None:
    """Insert the client and return its secret, None where its authentication method has none."""
    from idp.clients.clients import DEFAULT_SCOPE, add_client, needs_secret
    from idp.clients.metadata.document import create_metadata
    from idp.clients.secrets import generate_secret
    from idp.errors import InvalidInput
    from idp.events.tags import Tag
    from idp.oidc.registration.checks import verify_keys

    defaults = {"grant_types": ["authorization_code", "refresh_token"], "scope": DEFAULT_SCOPE}
    metadata = create_metadata({**defaults, **said})
    verify_keys(metadata)
    if needs_secret(metadata):
        secret = generate_secret() if secret is None else secret
    elif secret is not None:
        raise InvalidInput(secret=f"{metadata.token_endpoint_auth_method} has no use for a secret.")
    add_client(
        bench.session, bench.cipher, bench.clock, metadata, realm_id=realm.id, client_id=client_id, secret=secret
    )
    bench.record(Tag.CLIENT_CREATED, realm, client_id=client_id)
    return secret


def _get_client(bench: "Workbench", realm: "Realm", client_id: str) -> "Client":
    from idp.clients.clients import get_client

    return get_client(bench.session, realm.id, client_id)


def _print_secret(secret: str | None) -> None:
    if secret is not None:
        typer.echo(f"client_secret: {secret}")
