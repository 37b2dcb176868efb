"""Event tags, ``source:subject:action``. A retired tag stays listed, so that old rows can be read."""

from enum import StrEnum


class Tag(StrEnum):
    """Everything that is recorded."""

    LOGIN_SUCCESS = "user:login:success"
    LOGIN_FAILURE = "user:login:failure"
    LOGIN_LOCKED = "user:login:locked"
    LOGOUT = "user:session:logout"
    SESSIONS_ENDED = "user:session:end-others"
    FLOW_STOLEN = "user:login:foreign-browser"
    CSRF_REFUSED = "user:request:forged"

    CERTIFICATE_ACCEPTED = "certificate:login:success"
    CERTIFICATE_REFUSED = "certificate:login:failure"
    CERTIFICATE_ISSUED = "certificate:issue"
    CERTIFICATE_BOUND = "certificate:bind"
    CERTIFICATE_TESTED = "certificate:test"
    CERTIFICATE_RENAMED = "certificate:rename"
    CERTIFICATE_REVOKED = "certificate:revoke"
    CERTIFICATE_SUPERSEDED = "certificate:supersede"
    REVOCATION_LIST_UPLOADED = "certificate:revocation-list:upload"
    ATTEMPT_INVALID = "certificate:attempt:invalid"

    TWO_FACTOR_ENABLED = "user:two-factor:enable"
    TWO_FACTOR_DISABLED = "user:two-factor:disable"
    RECOVERY_CODES_CREATED = "user:recovery-codes:create"
    RECOVERY_CODE_USED = "user:recovery-code:use"
    RECOVERY_CODE_REFUSED = "user:recovery-code:failure"

    PASSWORD_CHANGED = "user:password:change"  # noqa: S105 (a tag)
    PASSWORD_RESET = "user:password:reset"  # noqa: S105 (a tag)
    EMAIL_VERIFIED = "user:email:verify"
    PROFILE_CHANGED = "user:profile:change"

    LINK_SENT = "user:link:send"
    LINK_USED = "user:link:use"
    LINK_REFUSED = "user:link:failure"
    MAIL_QUEUED = "mail:message:queue"
    MAIL_SENT = "mail:message:send"
    MAIL_FAILED = "mail:message:failure"

    DEVICE_ALLOWED = "user:device:allow"
    DEVICE_REFUSED = "user:device:refuse"
    CONSENT_GIVEN = "user:consent:give"
    CONSENT_REFUSED = "user:consent:refuse"
    CONSENT_REVOKED = "user:consent:revoke"
    TOKEN_EXCHANGED = "client:token:exchange"  # noqa: S105 (a tag)

    CODE_REPLAYED = "client:code:replay"
    REFRESH_REUSED = "client:refresh-token:reuse"
    CLIENT_REFUSED = "client:authentication:failure"
    AUTHORIZATION_REFUSED = "client:authorization:failure"
    TOKEN_REVOKED = "client:token:revoke"  # noqa: S105 (a tag)
    LOGOUT_REFUSED = "client:logout:failure"
    BACKCHANNEL_LOGOUT_LATE = "client:backchannel-logout:late"
    BACKCHANNEL_LOGOUT_FAILED = "client:backchannel-logout:failure"

    CLIENT_REGISTERED = "client:registration:create"
    REGISTRATION_CHANGED = "client:registration:change"
    REGISTRATION_DELETED = "client:registration:delete"
    REGISTRATION_REFUSED = "client:registration:failure"

    ADMIN_REFUSED = "admin:request:refuse"
    REALM_CREATED = "admin:realm:create"
    REALM_CHANGED = "admin:realm:change"
    REALM_DELETED = "admin:realm:delete"
    USER_CREATED = "admin:user:create"
    USER_INVITED = "admin:user:invite"
    USER_CHANGED = "admin:user:change"
    USER_DELETED = "admin:user:delete"
    USER_PASSWORD_SET = "admin:user:set-password"  # noqa: S105 (a tag)
    USER_CREDENTIAL_DELETED = "admin:user:delete-credential"
    USER_SIGNED_OUT = "admin:user:sign-out"
    USER_ROLES_GIVEN = "admin:user:give-roles"
    USER_MAILED = "admin:user:mail"
    CLIENT_CREATED = "admin:client:create"
    CLIENT_CHANGED = "admin:client:change"
    CLIENT_DELETED = "admin:client:delete"
    CLIENT_SCOPE_CREATED = "admin:client-scope:create"
    CLIENT_SCOPE_CHANGED = "admin:client-scope:change"
    CLIENT_SCOPE_DELETED = "admin:client-scope:delete"
    CLIENT_SECRET_REPLACED = "admin:client:replace-secret"  # noqa: S105 (a tag)
    INITIAL_TOKEN_CREATED = "admin:initial-access-token:create"  # noqa: S105 (a tag)
    INITIAL_TOKEN_DELETED = "admin:initial-access-token:delete"  # noqa: S105 (a tag)
    AUTHORITY_TRUSTED = "admin:authority:trust"
    AUTHORITY_CREATED = "admin:authority:create"
    AUTHORITY_RETIRED = "admin:authority:retire"
    AUTHORITY_REVOKED = "admin:authority:revoke"
    ROOT_LIST_PUBLISHED = "admin:authority:publish-list"
    AUTHORITY_REQUESTED = "admin:authority:request"
    ANCHOR_ADDED = "admin:anchor:add"
    ANCHOR_CHANGED = "admin:anchor:change"
    ANCHOR_REMOVED = "admin:anchor:remove"
    ROOT_KEY_EXPORTED = "admin:authority:export-key"
    KEYS_ROTATED = "admin:keys:rotate"
    KEYS_REVOKED = "admin:keys:revoke"
    KEYS_ROTATED_ON_TIME = "server:keys:rotate"
    INTERNAL_ERROR = "server:request:error"
