"""Every page of the console below a managed realm, by the path that its route declares, with an address to open it at."""

PAGES = {
    "": "",
    "sessions": "sessions",
    "sessions/end-all": "sessions/end-all",
    "clients": "clients",
    "clients/new": "clients/new",
    "clients/new/{kind}": "clients/new/native",
    "clients/{client}": "clients/{a_client}",
    "clients/{client}/settings": "clients/{a_client}/settings",
    "clients/{client}/settings/{group}": "clients/{a_client}/settings/sign_in",
    "clients/{client}/setup": "clients/{a_client}/setup",
    "clients/{client}/secret": "clients/{a_client}/secret",
    "clients/{client}/delete": "clients/{a_client}/delete",
    "clients/{client}/preview": "clients/{a_client}/preview?person=alice",
    "clients/{client}/mappers": "clients/{a_client}/mappers",
    "clients/{client}/mappers/edit": "clients/{a_client}/mappers/edit?kind=oidc-usermodel-attribute-mapper",
    "scopes": "scopes",
    "registration-tokens": "registration-tokens",
    "events": "events",
    "events/{event}": "events/{an_event}",
    "mail": "mail?state=failed",
    "mail/templates": "mail/templates",
    "mail/templates/{template}": "mail/templates/login_failed",
    "keys": "keys",
    "keys/{kid}/revoke": "keys/{a_key}/revoke",
    "themes": "themes",
    "settings": "settings",
    "settings/enabled": "settings/enabled",
    "settings/{group}": "settings/certificates",
}
"""Pages with the console's frame."""
BARE = {
    "events/export/{format}": "events/export/csv",
    "mail/templates/{template}/html": "mail/templates/login_failed/html",
    "themes/{theme}/{page}": "themes/default/password",
}
"""Files, and previews, which look as what they show."""
FORMS_ONLY = {"undo", "clients/{client}/enabled"}
"""Routes without GET."""
