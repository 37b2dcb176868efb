"""`idp ca`: revoking an issuing authority, and the list of its root that says so."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from idp.cli.authority_changes import File, read_key, write_new
from idp.cli.workbench import ConfigOption, RealmOption, Workbench, open_workbench

if TYPE_CHECKING:
    from idp.models import CertificateAuthority, Realm
    from idp.pki.roll_over import OfflineKey

RootKeyOption = Annotated[
    Path | None, typer.Option(help="The root's key, where it was taken offline.", exists=True, dir_okay=False)
]
_REASONS = "unspecified, cACompromise, affiliationChanged, superseded or cessationOfOperation"


def revoke(
    fingerprint: Annotated[str, typer.Argument(help="SHA-256 of the authority's certificate, or how it begins.")],
    realm: RealmOption,
    reason: Annotated[str, typer.Option(help=_REASONS)],
    root_key: RootKeyOption = None,
    config: ConfigOption = None,
) -> None:
    """Revoke an issuing authority: within a second nothing counts that it has issued. Nothing takes that back."""
    from idp.errors import InvalidInput
    from idp.events.tags import Tag
    from idp.pki.authorities import list_issuing_authorities
    from idp.pki.authority_revocation import AuthorityRevocationReason, list_with_below, revoke_authority
    from idp.pki.roll_over import find_by_fingerprint
    from idp.sessions.endings import Ending
    from idp.sessions.sessions import end_sessions_under_authority

    if reason not in set(AuthorityRevocationReason):
        raise InvalidInput(reason=f"Use one of {_REASONS}.")
    key = read_key(root_key) if root_key else None
    with open_workbench(config) as bench:
        row = bench.get_realm(realm)
        authority = find_by_fingerprint(list_issuing_authorities(bench.session, row.id), fingerprint)
        count = revoke_authority(bench.session, bench.clock, authority, AuthorityRevocationReason(reason))
        if count is None:
            raise InvalidInput(fingerprint="This authority is revoked already.")
        for authority_id in list_with_below(bench.session, authority):
            end_sessions_under_authority(bench.session, bench.clock, authority_id, reason=Ending.CERTIFICATE_REVOKED)
        bench.record(Tag.AUTHORITY_REVOKED, row, fingerprint=authority.fingerprint, reason=reason, certificates=count)
        typer.echo(f"revoked: {authority.subject}, with {count} certificates")
        _publish_list(bench, row, authority, key)


def sign_list(
    realm: RealmOption,
    *,
    root_key: RootKeyOption = None,
    root: Annotated[str, typer.Option(help="SHA-256 of an earlier root, or how it begins; else the newest.")] = "",
    days: Annotated[int, typer.Option(min=1, max=3650, help="How long the list is good.")] = 365,
    export: Annotated[Path | None, typer.Option(help="Also write the list to this new file, in PEM.")] = None,
    config: ConfigOption = None,
) -> None:
    """Sign and publish a new revocation list of the realm's root."""
    from datetime import timedelta

    from idp.pki.authorities import list_roots
    from idp.pki.crl import publish_now
    from idp.pki.roll_over import find_by_fingerprint, get_own_root, with_key

    key = read_key(root_key) if root_key else None
    with open_workbench(config) as bench:
        row, session = bench.get_realm(realm), bench.session
        chosen = find_by_fingerprint(list_roots(session, row.id), root) if root else get_own_root(session, row)
        signer = with_key(bench.authority_keys, chosen, key)
        publish_now(session, bench.authority_keys, bench.clock, signer, timedelta(days=days))
        if export:
            write_new(export, _read_list(bench, chosen.id))
        _record(bench, row, chosen.id)


def import_list(file: File, realm: RealmOption, config: ConfigOption = None) -> None:
    """Publish a revocation list (PEM or DER) that the realm's root has signed elsewhere."""
    from idp.pki.root_lists import import_root_list

    with open_workbench(config) as bench:
        row = bench.get_realm(realm)
        _record(
            bench, row, import_root_list(bench.session, bench.clock, realm=row, data=file.read_bytes()).authority_id
        )


def add_commands(app: typer.Typer) -> None:
    """Add the commands to `idp ca`."""
    app.command()(revoke)
    app.command("root-crl")(sign_list)
    app.command("import-root-crl")(import_list)


def _publish_list(
    bench: Workbench, realm: "Realm", authority: "CertificateAuthority", key: "OfflineKey | None"
) -> None:
    from idp.models import CertificateAuthority
    from idp.pki.crl import ROOT_LIST_LIFETIME, publish_now
    from idp.pki.roll_over import OFFLINE_LIST_LIFETIME, with_key

    root = bench.session.get_one(CertificateAuthority, authority.parent_id)
    if root.private_key_encrypted is None and key is None:
        typer.echo("The root's key is not here: let its list say so, by `idp ca root-crl` or `idp ca import-root-crl`.")
        return
    lifetime = OFFLINE_LIST_LIFETIME if key else ROOT_LIST_LIFETIME
    publish_now(bench.session, bench.authority_keys, bench.clock, with_key(bench.authority_keys, root, key), lifetime)
    _record(bench, realm, root.id)


def _record(bench: Workbench, realm: "Realm", root_id: str) -> None:
    from idp.events.tags import Tag
    from idp.models import RevocationList

    row = bench.session.get_one(RevocationList, root_id)
    bench.record(Tag.ROOT_LIST_PUBLISHED, realm, number=row.number, next_update=row.next_update.isoformat())
    typer.echo(f"list number {row.number} of the root, good until {row.next_update:%Y-%m-%d}")


def _read_list(bench: Workbench, root_id: str) -> bytes:
    from cryptography import x509
    from cryptography.hazmat.primitives.serialization import Encoding

    from idp.models import RevocationList

    return x509.load_der_x509_crl(bench.session.get_one(RevocationList, root_id).data).public_bytes(Encoding.PEM)
