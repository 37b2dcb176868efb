"""Every page of the console below a managed realm, by the path that its route declares, with an address to open it at."""

PAGES = {
    "": "",
    "sessions": "sessions",
    "sessions/end-all": "sessions/end-all",
    "certificates": "certificates?state=all",
    "certificates/{certificate}": "certificates/{a_certificate}",
    "certificates/{certificate}/revoke": "certificates/{a_certificate}/revoke",
    "certificate-policies": "certificate-policies",
    "authorities": "authorities",
    "authorities/roll-over": "authorities/roll-over",
    "authorities/request": "authorities/request",
    "authorities/profile": "authorities/profile",
    "authorities/{authority}/retire": "authorities/{an_authority}/retire",
    "authorities/{authority}/revoke": "authorities/{an_authority}/revoke",
    "anchors": "anchors",
    "anchors/add": "anchors/add",
    "anchors/{anchor}": "anchors/{an_anchor}",
    "anchors/{anchor}/switch": "anchors/{an_anchor}/switch",
    "anchors/{anchor}/remove": "anchors/{an_anchor}/remove",
    "anchors/{anchor}/list": "anchors/{an_anchor}/list",
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
    "authorities/request/file": "authorities/request/file",
    "authorities/{authority}/file": "authorities/{an_authority}/file",
    "events/export/{format}": "events/export/csv",
    "mail/templates/{template}/html": "mail/templates/login_failed/html",
    "themes/{theme}/{page}": "themes/default/password",
}
"""Files, and previews, which look as what they show."""
FORMS_ONLY = {"undo", "certificates/{certificate}/remind"}
"""Routes without GET."""
