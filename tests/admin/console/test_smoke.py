from tests.admin.console.conftest import *


def test_smoke(desk):
    b = desk.sign_in()
    print(b.page.url, b.page.status, b.page.title)
    print(b.page.text[:1500])
    for p in (
        "",
        "settings",
        "settings/general",
        "settings/certificates",
        "settings/lifetimes",
        "settings/enabled",
        "keys",
        "events",
        "mail",
        "mail?state=failed",
        "mail/templates",
        "themes",
        "sessions",
        "sessions/end-all",
        "events/export/csv",
        "themes/default/password",
        "mail/templates/login_failed",
    ):
        pg = b.get("/admin/master/console/demo/" + p)
        print(p, pg.status, pg.title, pg.url)
        if pg.status != 200:
            print(pg.text[:300])
