"""`idp client preview`: what an application's tokens would say of a person."""

import json
from typing import Annotated, Literal

import typer

from idp.cli.workbench import ConfigOption, RealmOption


def preview(
    client_id: Annotated[str, typer.Argument(metavar="CLIENT", help="The client_id.")],
    *,
    realm: RealmOption,
    user: Annotated[str, typer.Option("--user", "-u", help="Username or email address of the person.")],
    scope: Annotated[str, typer.Option(help="What the application would ask for.")] = "openid profile email",
    acr: Annotated[Literal["1", "2"], typer.Option(help="1: password; 2: password and certificate.")] = "1",
    config: ConfigOption = None,
) -> None:
    """Print the claims of the access token, the ID Token and the UserInfo answer; nothing is issued."""
    from idp.app import build_services
    from idp.cli.workbench import open_workbench
    from idp.clients.registration import find_registration
    from idp.errors import NotFound
    from idp.oidc.preview import preview_tokens
    from idp.realms.policy import build_policy
    from idp.users.users import find_user_by_login

    with open_workbench(config) as bench:
        services = build_services(bench.settings, bench.clock)
        policy = build_policy(bench.get_realm(realm))
        with services.database.begin() as transaction:
            client = find_registration(transaction, services.cipher, realm_id=policy.id, client_id=client_id)
            person = find_user_by_login(transaction, policy.id, user)
            if client is None or person is None:
                raise NotFound(
                    f"there is no {'client ' + client_id if client is None else 'user ' + user} in realm {realm}"
                )
            claims = preview_tokens(services, transaction, policy, client, person, scope=scope, acr=acr)
        services.ephemeral.close()
        services.database.close()
    typer.echo(json.dumps(claims, indent=2, ensure_ascii=False))
