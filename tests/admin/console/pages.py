"""Every page of the console below a managed realm, by the path that its route declares, with an address to open it at."""

PAGES = {
    "": "",
    "sessions": "sessions",
    "sessions/end-all": "sessions/end-all",
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
FORMS_ONLY = {"undo"}
"""Routes without GET."""
