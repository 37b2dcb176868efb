"""What of a client's metadata goes together, rule by rule; each yields the member at fault and a text."""

from collections.abc import Callable, Iterator
from urllib.parse import urlsplit

from idp.clients.metadata.flows import CLIENT_GRANT, CODE_GRANT, IMPLICIT_GRANT
from idp.clients.metadata.security import (
    ASYMMETRIC_ALGORITHMS,
    KEY_METHODS,
    SYMMETRIC_ALGORITHMS,
    TLS_SUBJECT_METHOD,
    TLS_SUBJECTS,
)
from idp.clients.metadata.values import ClientMetadata
from idp.clients.registration import NO_AUTHENTICATION
from idp.clients.security_profile import PROFILES, find_violations
from idp.clients.uris import is_loopback, is_own_scheme, web_origin_of
from idp.errors import InvalidInput

Problem = tuple[str, str]
Rule = Callable[[ClientMetadata], Iterator[Problem]]


def verify_combinations(metadata: ClientMetadata) -> ClientMetadata:
    """Return *metadata* if its parts go together; raise `InvalidInput` with the first problem of each member."""
    problems = [problem for rule in RULES for problem in rule(metadata)]
    if problems:
        raise InvalidInput(**dict(reversed(problems)))
    return metadata


def _response_types_have_their_grants(metadata: ClientMetadata) -> Iterator[Problem]:
    """RFC 7591 section 2.1."""
    values = {value for response_type in metadata.response_types for value in response_type.split()}
    needed = ({CODE_GRANT} if "code" in values else set()) | ({IMPLICIT_GRANT} if values - {"code"} else set())
    have = {CODE_GRANT, IMPLICIT_GRANT}.intersection(metadata.grant_types)
    for grant in sorted(needed - have):
        yield "response_types", f"They need the grant type {grant}."
    for grant in sorted(have - needed):
        yield "grant_types", f"{grant} needs a response type that uses it."


def _response_types_have_a_mode(metadata: ClientMetadata) -> Iterator[Problem]:
    """OAuth 2.0 Multiple Response Type Encoding Practices section 3: tokens do not come in a query."""
    gives_tokens = any(response_type != "code" for response_type in metadata.response_types)
    if gives_tokens and metadata.response_modes == ("query",):
        yield "response_modes", "Tokens are not returned in a query; the response types need another mode."


def _public_clients_are_nobody(metadata: ClientMetadata) -> Iterator[Problem]:
    """RFC 6749 section 4.4: who cannot authenticate gets no tokens for itself."""
    if metadata.token_endpoint_auth_method == NO_AUTHENTICATION and CLIENT_GRANT in metadata.grant_types:
        yield "grant_types", f"{CLIENT_GRANT} is for clients that authenticate."


def _redirect_uris_fit_the_application(metadata: ClientMetadata) -> Iterator[Problem]:
    """OpenID Connect Dynamic Client Registration 1.0 section 2, application_type."""
    if metadata.application_type == "native":
        return
    for name in ("redirect_uris", "post_logout_redirect_uris"):
        if any(map(is_own_scheme, getattr(metadata, name))):
            yield name, "An application's own scheme is for the application_type native."
    implicit = IMPLICIT_GRANT in metadata.grant_types
    if implicit and any(not uri.startswith("https:") or is_loopback(uri) for uri in metadata.redirect_uris):
        yield "redirect_uris", "With the grant type implicit, a web client's are https, and not on localhost."


def _keys_come_from_one_place(metadata: ClientMetadata) -> Iterator[Problem]:
    """RFC 7591 section 2: jwks and jwks_uri exclude one another; and who signs has keys."""
    if metadata.jwks is not None and metadata.jwks_uri:
        yield "jwks", "Use either jwks or jwks_uri."
    if metadata.jwks is not None or metadata.jwks_uri:
        return
    if metadata.token_endpoint_auth_method in KEY_METHODS:
        yield "jwks", f"{metadata.token_endpoint_auth_method} needs jwks or jwks_uri."
    elif metadata.request_object_signing_alg in ASYMMETRIC_ALGORITHMS:
        yield "jwks", f"Request objects signed with {metadata.request_object_signing_alg} need jwks or jwks_uri."


def _certificate_has_one_subject(metadata: ClientMetadata) -> Iterator[Problem]:
    """RFC 8705 section 2.1.2."""
    wanted = metadata.token_endpoint_auth_method == TLS_SUBJECT_METHOD
    if wanted and metadata.tls_client_auth_subject is None:
        yield TLS_SUBJECTS[0], f"{TLS_SUBJECT_METHOD} needs one of {', '.join(TLS_SUBJECTS)}."
    if not wanted and metadata.tls_client_auth_subject is not None:
        yield next(iter(metadata.tls_client_auth_subject)), f"This is for {TLS_SUBJECT_METHOD}."


def _assertions_are_signed_by_the_method(metadata: ClientMetadata) -> Iterator[Problem]:
    """OpenID Connect Core section 9: what each method signs with. Other methods sign nothing."""
    allowed = {"client_secret_jwt": SYMMETRIC_ALGORITHMS, "private_key_jwt": ASYMMETRIC_ALGORITHMS}
    method, algorithm = metadata.token_endpoint_auth_method, metadata.token_endpoint_auth_signing_alg
    if algorithm and algorithm not in allowed.get(method, (algorithm,)):
        yield "token_endpoint_auth_signing_alg", f"{method} uses {', '.join(allowed[method])}."


def _request_objects_are_signed(metadata: ClientMetadata) -> Iterator[Problem]:
    """RFC 9101 section 10.5; a secret to sign with has only who authenticates by one."""
    algorithm = metadata.request_object_signing_alg
    if metadata.require_signed_request_object and algorithm == "none":
        yield "request_object_signing_alg", "Signed request objects are required, and none is no signature."
    if algorithm in SYMMETRIC_ALGORITHMS and not metadata.token_endpoint_auth_method.startswith("client_secret"):
        yield "request_object_signing_alg", f"{algorithm} needs a client secret."


def _pairwise_clients_have_one_sector(metadata: ClientMetadata) -> Iterator[Problem]:
    """OpenID Connect Core section 8.1."""
    hosts = {urlsplit(uri).hostname for uri in metadata.redirect_uris}
    if metadata.subject_type == "pairwise" and len(hosts) > 1 and not metadata.sector_identifier_uri:
        yield "sector_identifier_uri", "A pairwise client with redirect URIs on several hosts needs one."


def _front_channel_logout_is_the_applications(metadata: ClientMetadata) -> Iterator[Problem]:
    """OpenID Connect Front-Channel Logout 1.0 section 2: scheme, host and port of a redirect URI."""
    uri = metadata.frontchannel_logout_uri
    origins = {web_origin_of(known) for known in metadata.redirect_uris if not is_own_scheme(known)}
    if uri and web_origin_of(uri) not in origins:
        yield "frontchannel_logout_uri", "Its scheme, host and port are not those of a redirect URI."


def _default_scopes_are_the_clients(metadata: ClientMetadata) -> Iterator[Problem]:
    beyond = set(metadata.default_scope.split()) - set(metadata.scope.split())
    if beyond:
        yield "default_scope", f"{', '.join(sorted(beyond))} is not among the scopes that the client may have."


def _passwords_are_for_ordinary_clients(metadata: ClientMetadata) -> Iterator[Problem]:
    """RFC 9700 section 2.4; and a person who has to consent needs a page to do it on."""
    if metadata.direct_access_grants_enabled and metadata.security_profile:
        yield "direct_access_grants_enabled", "The security profile does not allow it."
    if metadata.direct_access_grants_enabled and metadata.consent_required:
        yield "direct_access_grants_enabled", "There is no page on which people could consent."


def _security_profile_is_kept(metadata: ClientMetadata) -> Iterator[Problem]:
    """FAPI 2.0 Security Profile sections 5.3.2 and 5.4."""
    yield from find_violations(PROFILES[metadata.security_profile], vars(metadata)).items()


RULES: tuple[Rule, ...] = (
    _response_types_have_their_grants,
    _response_types_have_a_mode,
    _public_clients_are_nobody,
    _redirect_uris_fit_the_application,
    _keys_come_from_one_place,
    _certificate_has_one_subject,
    _assertions_are_signed_by_the_method,
    _request_objects_are_signed,
    _pairwise_clients_have_one_sector,
    _front_channel_logout_is_the_applications,
    _default_scopes_are_the_clients,
    _passwords_are_for_ordinary_clients,
    _security_profile_is_kept,
)
