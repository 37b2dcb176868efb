"""The API as an application of its own, mounted under ``/admin``."""

import re
from typing import Any

from fastapi import FastAPI
from fastapi.exceptions import RequestValidationError
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Mount

from idp.admin.api import (
    attack_detection,
    authority,
    authority_changes,
    certificates,
    client_certificates,
    client_installation,
    client_previews,
    client_scope_assignments,
    client_scopes,
    client_secrets,
    client_sessions,
    clients,
    credentials,
    events,
    groups,
    identity_mappings,
    impersonation,
    initial_access,
    mail,
    mail_templates,
    memberships,
    partial_export,
    partial_import,
    protocol_mappers,
    realm_operations,
    realms,
    recovery_requests,
    role_composites,
    role_mappings,
    roles,
    scope_evaluation,
    scope_mappings,
    server_info,
    signing_keys,
    trust_anchors,
    two_factor,
    user_mails,
    user_sessions,
    users,
)
from idp.admin.api.endpoint import Operation
from idp.admin.api.failures import answer_status, answer_unexpected
from idp.models import new_id
from idp.web.services import Services

RESOURCES = (
    realms.realms,
    users.users,
    credentials.credentials,
    user_sessions.user_sessions,
    user_mails.user_mails,
    impersonation.impersonation,
    groups.groups,
    memberships.memberships,
    roles.roles,
    role_composites.role_composites,
    role_mappings.role_mappings,
    clients.clients,
    client_secrets.client_secrets,
    client_certificates.client_certificates,
    protocol_mappers.protocol_mappers,
    client_sessions.client_sessions,
    client_installation.client_installation,
    client_previews.client_previews,
    scope_evaluation.scope_evaluation,
    client_scopes.client_scopes,
    client_scope_assignments.client_scope_assignments,
    scope_mappings.scope_mappings,
    initial_access.initial_access,
    server_info.server_info,
    certificates.certificates,
    two_factor.two_factor,
    authority.authority,
    authority_changes.authority_changes,
    trust_anchors.trust_anchors,
    identity_mappings.identity_mappings,
    mail.mail,
    mail_templates.mail_templates,
    recovery_requests.recovery_requests,
    signing_keys.signing_keys,
    events.events,
    attack_detection.attack_detection,
    realm_operations.realm_operations,
    partial_import.partial_import,
    partial_export.partial_export,
)


class ApiMount(Mount):
    """Takes every path below its own, also one with a line break in it, which Starlette's would leave to the pages."""

    def __init__(self, path: str, services: Services) -> None:
        super().__init__(path, build_admin_api(services))
        self.path_regex = re.compile(self.path_regex.pattern, re.DOTALL)


class AdminApi(FastAPI):
    """FastAPI with the one way to sign in in its document."""

    def openapi(self) -> dict[str, Any]:
        """Return the OpenAPI document."""
        document = super().openapi()
        schemes = document.setdefault("components", {}).setdefault("securitySchemes", {})
        schemes["bearer"] = {
            "type": "http",
            "scheme": "bearer",
            "description": "An access token of the realm or of master.",
        }
        return document


def build_admin_api(services: Services) -> FastAPI:
    """Return the application. Its OpenAPI document is public, as this source is; there is no page with foreign scripts."""
    app = AdminApi(
        title="Countersign administration API",
        description="Realms, users and applications, in the representations of Keycloak 26.",
        version="26",
        openapi_url="/openapi.json",
        docs_url=None,
        redoc_url=None,
        servers=[{"url": f"{services.settings.public_url}/admin"}],
        root_path_in_servers=False,
        redirect_slashes=False,
    )
    app.state.services = services
    app.add_exception_handler(RequestValidationError, _answer_unfitting)
    app.add_exception_handler(HTTPException, _answer_http)
    app.add_exception_handler(Exception, _answer_unexpected)
    for resource in RESOURCES:
        app.include_router(resource.router)
    return app


async def _answer_unfitting(request: Request, error: Exception) -> Response:
    operation: Operation = request.scope["endpoint"].operation
    return await operation.refuse(request, error)


def _answer_http(_request: Request, error: Exception) -> Response:
    return answer_status(error if isinstance(error, HTTPException) else HTTPException(404))


def _answer_unexpected(request: Request, error: Exception) -> Response:
    return answer_unexpected(error, path=request.url.path, event_id=new_id())
