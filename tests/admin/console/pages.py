"""Every page of the console below a managed realm, by the path that its route declares, with an address to open it at."""

PAGES = {
    "": "",
    "users": "users?certificate=none",
    "users/new": "users/new",
    "users/import": "users/import",
    "users/import/{job}": "users/import/{a_job}",
    "users/bulk/{report}": "users/bulk/{a_report}",
    "users/{user}": "users/{a_user}",
    "users/{user}/details": "users/{a_user}/details",
    "users/{user}/password": "users/{a_user}/password",
    "users/{user}/two-factor": "users/{a_user}/two-factor",
    "users/{user}/delete": "users/{a_user}/delete",
    "users/{user}/certificates/{certificate}/revoke": "users/{a_user}/certificates/{a_certificate}/revoke",
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
    "users/import/{job}/report": "users/import/{a_job}/report",
    "events/export/{format}": "events/export/csv",
    "mail/templates/{template}/html": "mail/templates/login_failed/html",
    "themes/{theme}/{page}": "themes/default/password",
}
"""Files, and previews, which look as what they show."""
FORMS_ONLY = {
    "undo",
    "users/bulk",
    "users/{user}/certificates/{certificate}/remind",
    "users/{user}/sessions",
    "users/{user}/unlock",
    "users/{user}/mails",
}
"""Routes without GET."""
