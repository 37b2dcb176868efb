"""A new application: which kind it is, then few questions, and the rest is what is right for the kind."""

from collections.abc import Mapping
from typing import Any

from starlette.responses import Response

from idp.admin.console.administrator import Administrator
from idp.admin.console.client_setup import render_setup
from idp.admin.console.page import render_console_page
from idp.admin.console.policy import ConsolePage
from idp.clients.clients import add_client, find_client, needs_secret
from idp.clients.kinds import BEGINNINGS, DEVICE_GRANT, LOOPBACK_CALLBACK, NATIVE, SERVICE, SINGLE_PAGE, WEB
from idp.clients.metadata.document import create_metadata, describe_metadata
from idp.clients.metadata.values import ClientMetadata
from idp.clients.registration import is_client_id
from idp.clients.secrets import generate_secret
from idp.clients.uris import is_own_scheme, web_origin_of
from idp.errors import Conflict, InvalidInput, NotFound
from idp.events.tags import Tag
from idp.models import Client
from idp.oidc.scopes import OFFLINE_ACCESS
from idp.web.exchange import Exchange

_COMMON = ("client_id", "client_name")
QUESTIONS: Mapping[str, tuple[str, ...]] = {
    WEB: (*_COMMON, "redirect_uris", "post_logout_redirect_uris", "client_uri", "offline", "certificate"),
    SINGLE_PAGE: (*_COMMON, "redirect_uris", "post_logout_redirect_uris", "client_uri", "certificate"),
    NATIVE: (*_COMMON, "redirect_uris", "device", "offline", "certificate"),
    SERVICE: (*_COMMON, "scope"),
}
SWITCHES = frozenset({"offline", "certificate", "device"})
LISTS = frozenset({"redirect_uris", "post_logout_redirect_uris"})


def show_kinds(exchange: Exchange, administrator: Administrator) -> Response:
    """Ask which kind it is."""
    kinds = {kind: administrator.url(f"clients/new/{kind}") for kind in QUESTIONS}
    return render_console_page(exchange, administrator, "client_kinds", kinds=kinds)


def show_form(exchange: Exchange, administrator: Administrator) -> Response:
    """Ask what has to be known of an application of that kind."""
    kind = _read_kind(exchange)
    return _render(exchange, administrator, kind, {"redirect_uris": LOOPBACK_CALLBACK} if kind == NATIVE else {}, {})


def create(exchange: Exchange, administrator: Administrator) -> Response:
    """Register the application and show what its developer needs, with the secret this once; or everything that is wrong."""
    kind = _read_kind(exchange)
    typed = {name: exchange.form.get(name, "") for name in QUESTIONS[kind]}
    client_id = typed["client_id"].strip()
    problems = _find_problems(exchange, administrator, kind, client_id, typed)
    try:
        metadata = _build_metadata(kind, typed)
    except InvalidInput as error:
        problems = {**error.fields, **problems}
    if problems:
        return _render(exchange, administrator, kind, typed, problems, status=422)
    secret = generate_secret() if needs_secret(metadata) else None
    try:
        client = _insert(exchange, administrator, metadata, client_id, secret)
    except Conflict:  # somebody was faster by a moment
        return _render(exchange, administrator, kind, typed, {"client_id": "taken"}, status=409)
    return render_setup(exchange, administrator, client, secret=secret or "", fresh="created")


def _insert(
    exchange: Exchange, administrator: Administrator, metadata: ClientMetadata, client_id: str, secret: str | None
) -> Client:
    services = exchange.services
    with exchange.session.begin_nested():
        client = add_client(
            exchange.session,
            services.cipher,
            services.clock,
            metadata,
            realm_id=administrator.realm.id,
            client_id=client_id,
            secret=secret,
        )
    administrator.record(Tag.CLIENT_CREATED, client_id=client_id, after=describe_metadata(metadata))
    return client


def _find_problems(
    exchange: Exchange, administrator: Administrator, kind: str, client_id: str, typed: Mapping[str, str]
) -> dict[str, str]:
    """Return what is wrong beside the metadata, as words that the template knows."""
    problems: dict[str, str] = {}
    if not is_client_id(client_id):
        problems["client_id"] = "client_id"
    elif find_client(exchange.session, administrator.realm.id, client_id) is not None:
        problems["client_id"] = "taken"
    if "redirect_uris" in QUESTIONS[kind] and not typed["redirect_uris"].strip() and "device" not in exchange.form:
        problems["redirect_uris"] = "missing"
    return problems


def _build_metadata(kind: str, typed: Mapping[str, str]) -> ClientMetadata:
    document: dict[str, Any] = dict(BEGINNINGS[kind])
    for name in QUESTIONS[kind]:
        if name in LISTS:
            document[name] = typed[name].split()
        elif name not in SWITCHES and name != "client_id":
            document[name] = typed[name].strip()
    if typed.get("offline"):
        document["scope"] = f"{document['scope']} {OFFLINE_ACCESS}"
    if typed.get("device"):
        document["grant_types"] = [*document["grant_types"], DEVICE_GRANT]
    if typed.get("certificate"):
        document |= {"certificate_policy": "required", "scope": f"{document['scope']} x509"}
    metadata = create_metadata(document)
    if kind == SINGLE_PAGE:
        origins = [web_origin_of(uri) for uri in metadata.redirect_uris if not is_own_scheme(uri)]
        metadata = create_metadata({**document, "web_origins": origins})
    return metadata


def _read_kind(exchange: Exchange) -> str:
    kind = exchange.path_params["kind"]
    if kind not in QUESTIONS:
        raise NotFound("there is no such kind of application")
    return kind


def _render(
    exchange: Exchange,
    administrator: Administrator,
    kind: str,
    typed: Mapping[str, str],
    problems: Mapping[str, str],
    *,
    status: int = 200,
) -> Response:
    return render_console_page(
        exchange,
        administrator,
        "client_new",
        status=status,
        kind=kind,
        questions=QUESTIONS[kind],
        switches=SWITCHES,
        lists=LISTS,
        typed={name: typed.get(name, "") for name in QUESTIONS[kind]},
        errors=problems,
    )


PAGES = (
    ConsolePage(path="clients/new", view="create-client", show=show_kinds),
    ConsolePage(path="clients/new/{kind}", view="create-client", manage="create-client", show=show_form, submit=create),
)
