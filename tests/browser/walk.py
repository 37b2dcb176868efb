"""A walk through every page a person can come to, for those who look at each of them."""

from collections.abc import Iterator
from dataclasses import dataclass

from playwright.sync_api import Page

from idp.demo.seed import ADMIN, DEMO
from tests.browser.cards import accepted_cards, install
from tests.browser.chromium import Chromium
from tests.browser.demo import RunningDemo
from tests.browser.enrolment import download
from tests.browser.mailbox import Mailbox
from tests.browser.people import People, Person
from tests.browser.steps import (
    begin_at,
    enable_box,
    expect_heading,
    expect_text,
    follow,
    open_dashboard,
    open_two_factor,
    press,
    type_password,
)
from tests.certification_requests import request_der

CONSOLE_PAGES = {
    "overview": "",
    "users": "users",
    "users-none": "users?search=nobody",
    "user-new": "users/new",
    "users-import": "users/import",
    "groups": "groups",
    "group-new": "groups/new",
    "roles": "roles",
    "role-new": "roles/new",
    "sessions": "sessions",
    "sessions-end-all": "sessions/end-all",
    "applications": "clients",
    "application-new": "clients/new/native",
    "scopes": "scopes",
    "scope-new": "scopes/new",
    "registration-tokens": "registration-tokens",
    "certificates": "certificates?state=all",
    "certificate-policies": "certificate-policies",
    "authorities": "authorities",
    "authority-roll-over": "authorities/roll-over",
    "authority-request": "authorities/request",
    "certificate-profile": "authorities/profile",
    "anchors": "anchors",
    "anchor-add": "anchors/add",
    "events": "events",
    "events-none": "events?person=nobody",
    "mail": "mail",
    "mail-sent": "mail?state=sent",
    "mail-templates": "mail/templates",
    "mail-template": "mail/templates/login_failed",
    "keys": "keys",
    "themes": "themes",
    "settings": "settings/general",
    "settings-certificates": "settings/certificates",
    "realm-disable": "settings/enabled",
    "transfer": "transfer",
}
APPLICATION_PAGES = {
    "settings": "settings/sign_in",
    "set-up": "setup",
    "scopes": "scopes",
    "roles": "roles",
    "mappers": "mappers",
    "mapper": "mappers/edit?kind=oidc-usermodel-client-role-mapper",
    "role-scope": "role-scope?search=a",
    "preview": "preview?person=alice",
}
PLATFORMS = ("windows", "macos", "ios", "android", "linux", "chromeos", "firefox", "other")


@dataclass(frozen=True)
class Walk:
    """Where the walk goes: iterating yields the name of the page that is open."""

    demo: RunningDemo
    people: People
    mailbox: Mailbox
    chromium: Chromium
    page: Page

    def __iter__(self) -> Iterator[str]:
        """Go through all of it."""
        alice = self.people.create("alice", email_verified=False)
        yield from self.sign_in(alice)
        yield from self.look_around(alice)
        yield from self.bring_ones_own()
        yield from self.enrol(alice)
        yield from self.switch_on(alice)
        yield from self.renew(alice)
        yield from self.sign_out(alice)
        yield from self.confirm_with_certificate(alice)
        yield from self.lose_certificate(alice)
        yield from self.be_sent_away()
        yield from self.forget_password()
        yield from self.replace_password()
        yield from self.need_certificate()
        yield from self.let_expire()
        yield from self.be_invited()
        yield from self.look_at_the_mailbox(alice)
        yield from self.administer()

    def sign_in(self, person: Person) -> Iterator[str]:
        """The sample application and the password."""
        page = self.page
        page.goto(self.demo.app_url)
        yield "app-welcome"
        follow(page, "Sign in")
        expect_heading(page, "Sign in to Demo application")
        yield "login-password"
        page.get_by_label("Username or email").fill(person.username)
        page.get_by_label("Password", exact=True).fill("wrong")
        press(page, "Sign in")
        expect_text(page, "is not right")
        yield "login-password-wrong"
        type_password(page, person)
        expect_heading(page, "Hello")
        yield "app-signed-in"
        page.goto(f"{self.demo.app_url}login?prompt=login")
        expect_heading(page, "Sign in to")
        yield "login-password-again"

    def look_around(self, person: Person) -> Iterator[str]:
        """The dashboard's simple pages, and the e-mail address."""
        page, account = self.page, self.demo.account_url
        open_dashboard(page, account)
        yield "account-overview"
        for name in ("activity", "personal-info", "password"):
            page.goto(f"{account}{name}")
            yield f"account-{name}"
        page.goto(f"{account}personal-info")
        press(page, "Send verification mail")
        mail = self.mailbox.wait_for(person.email, "Confirm your address")
        yield "account-personal-info-mail-sent"
        page.goto(mail.link_to("verify-email"))
        expect_heading(page, "Confirm your email address")
        yield "login-verify-email"
        press(page, "Confirm address")
        expect_heading(page, "Your address is confirmed")
        yield "login-email-verified"
        page.goto(mail.link_to("verify-email"))
        expect_heading(page, "This link does not work any more")
        yield "login-link-invalid"

    def bring_ones_own(self) -> Iterator[str]:
        """A certificate that the browser already has, which is not added in the end."""
        page, label = self.page, "Use a certificate that this browser already has"
        with accepted_cards(self.demo, registration=True) as cards:
            page.goto(f"{self.demo.account_url}two-factor/enrol")
            yield "account-enrol-foreign"
            press(page, label)
            expect_heading(page, "No certificate arrived")
            yield "account-certificate-not-registered"
            install(self.chromium, cards.issue("card"), self.chromium.home)
            press(page, "Try again")
            expect_heading(page, "Use this certificate?")
            yield "account-register-certificate"

    def enrol(self, person: Person) -> Iterator[str]:
        """From *Two-Factor Authentication* to a certificate in this browser."""
        page = self.page
        open_dashboard(page, self.demo.account_url)
        open_two_factor(page)
        yield "account-two-factor-off"
        follow(page, "Set up a certificate")
        yield "account-enrol"
        page.get_by_label("Choose my own").check()
        page.get_by_label("Password for the file").fill("passwordpassword")
        page.get_by_label("The same again").fill("passwordpassword")
        yield "account-enrol-own-password"
        press(page, "Download")
        page.locator(".field-error").first.wait_for()
        yield "account-enrol-refused"
        page.get_by_label("Use this generated password").check()
        password = page.locator("#generated-password").inner_text()
        self.chromium.certificates.install(download(page, self.chromium.home), password)
        yield from self.request(person)
        page.goto(f"{self.demo.account_url}two-factor/enrol")
        follow(page, "Continue to installation")
        for platform in PLATFORMS:
            page.goto(f"{self.demo.account_url}two-factor/install?platform={platform}")
            yield f"account-install-{platform}"

    def request(self, person: Person) -> Iterator[str]:
        """A certificate for a key of one's own, and its page."""
        page = self.page
        page.goto(f"{self.demo.account_url}two-factor/enrol")
        follow(page, "use a certificate request")
        yield "account-request"
        page.locator("summary").evaluate_all("all => all.forEach(one => one.click())")
        yield "account-request-commands"
        page.get_by_label("Paste it").fill("nothing")
        press(page, "Get certificate")
        page.locator(".field-error").first.wait_for()
        yield "account-request-refused"
        page.get_by_label("Paste it").fill("")
        page.get_by_label("Or choose its file").set_input_files(
            {"name": "request.csr", "mimeType": "application/octet-stream", "buffer": request_der()}
        )
        press(page, "Get certificate")
        expect_heading(page, "Your certificate is ready")
        page.locator("summary").evaluate_all("all => all.forEach(one => one.click())")
        yield "account-install-certificate"
        follow(page, "its page")
        page.get_by_label("Name for the device").fill("Card " * 12)
        press(page, "Save name")
        expect_heading(page, "Card Card")
        yield "account-certificate"
        page.get_by_role("link", name="Revoke").click()
        page.get_by_label("Password", exact=True).fill(person.password)
        press(page, "Revoke certificate")
        expect_heading(page, "Two-Factor Authentication")
        yield "account-two-factor-former"

    def switch_on(self, person: Person) -> Iterator[str]:
        """Test, tick, save."""
        page, url = self.page, f"{self.demo.account_url}two-factor"
        page.goto(url)
        enable_box(page).check()
        press(page, "Save Changes")
        expect_text(page, "Test a certificate first")
        yield "account-two-factor-refused"
        press(page, "Test my certificate")
        expect_heading(page, "Your certificate works")
        yield "account-certificate-tested"
        follow(page, "Continue")
        yield "account-two-factor-proven"
        enable_box(page).check()
        press(page, "Save Changes")
        expect_heading(page, "Your recovery codes")
        yield "account-recovery-codes"
        follow(page, "I have kept them")
        yield "account-two-factor-on"
        page.get_by_role("link", name="Revoke Linux").or_(page.locator("a[href*=revoke]")).first.click()
        expect_heading(page, "Revoke this certificate?")
        yield "account-revoke"
        page.goto(f"{url}/disable")
        expect_heading(page, "Turn two-factor authentication off?")
        yield "account-disable"
        open_dashboard(page, self.demo.account_url)
        yield "account-overview-on"

    def renew(self, person: Person) -> Iterator[str]:
        """The certificate that this browser has, and one that it has not."""
        page, people = self.page, self.people
        elsewhere = people.issue(person, device_name="Elsewhere")
        page.goto(f"{self.demo.account_url}certificates/{elsewhere.id}/renew")
        expect_heading(page, "This certificate cannot be renewed")
        yield "account-renew-too-early"
        people.move_end(person, 10)
        page.reload()
        expect_heading(page, "Renew your certificate")
        yield "account-renew"
        press(page, "Continue with certificate")
        expect_heading(page, "This is another of your certificates")
        yield "account-renew-another"
        open_dashboard(page, self.demo.account_url)
        open_two_factor(page)
        yield "account-two-factor-renewable"
        page.get_by_role("link", name="Renew").and_(page.get_by_role("link", name="Linux")).click()
        expect_text(page, "Thank you, that was")
        yield "account-renew-download"
        people.move_end(person, 300)

    def sign_out(self, person: Person) -> Iterator[str]:
        """Out again."""
        page = self.page
        page.goto(f"{self.demo.realm_url}/protocol/openid-connect/logout")
        expect_heading(page, "Do you want to sign out?")
        yield "login-logout-confirm"
        open_dashboard(page, self.demo.account_url)
        press(page, "Sign out")
        expect_heading(page, "You are signed out")
        yield "login-logged-out"

    def confirm_with_certificate(self, person: Person) -> Iterator[str]:
        """The certificate step of a login, and what is left of its pages."""
        page = self.page
        page.goto(self.demo.app_url)
        press(page, "Sign out")
        begin_at(page, self.demo.app_url, person)
        expect_heading(page, "Confirm with your certificate")
        yield "login-certificate"
        step = page.url
        follow(page, "Use a recovery code")
        yield "login-recovery-code"
        page.get_by_label("Recovery code").fill("abcd-efgh")
        press(page, "Continue")
        expect_text(page, "not one of your unused")
        yield "login-recovery-code-wrong"
        follow(page, "Use my certificate instead")
        press(page, "Continue with certificate")
        expect_heading(page, "Hello")
        yield "app-signed-in-with-certificate"
        page.goto(step)
        expect_heading(page, "You have already signed in here")
        yield "login-finished"
        page.goto(step + "x")
        expect_heading(page, "This sign-in has timed out")
        yield "login-expired"

    def lose_certificate(self, person: Person) -> Iterator[str]:
        """The certificate is refused, and switched off by mail."""
        page = self.page
        bob = self.people.create("bob")
        self.people.enable_two_factor(bob, self.people.issue(bob))
        self.begin(bob)
        press(page, "Continue with certificate")
        expect_heading(page, "This certificate belongs to another account")
        yield "login-certificate-failed-other-user"
        for _ in range(5):
            page.get_by_role("button", name="Try again", exact=True).click()
            heading = page.get_by_role("heading", level=1)
            if heading.inner_text() == "Please wait a moment":
                break
        yield "login-locked"
        for certificate in self.people.list_certificates(person):
            self.people.revoke(certificate)
        self.begin(person)
        press(page, "Continue with certificate")
        expect_heading(page, "This certificate has been revoked")
        yield "login-certificate-failed-revoked"
        page.goto(self.mailbox.wait_for(person.email, "Login Failed").link_to("disable-two-factor"))
        expect_heading(page, "Turn two-factor authentication off?")
        yield "login-disable-two-factor"
        page.get_by_label("Password", exact=True).fill(person.password)
        press(page, "Turn two-factor authentication off")
        expect_heading(page, "Two-factor authentication is off")
        yield "login-two-factor-disabled"
        self.mailbox.wait_for(person.email, "Two-factor authentication is off")

    def be_sent_away(self) -> Iterator[str]:
        """Addresses that lead nowhere."""
        page = self.page
        page.goto(f"{self.demo.realm_url}/protocol/openid-connect/auth?client_id=nobody")
        yield "login-error"
        page.goto(f"{self.demo.app_url}callback?error=access_denied")
        yield "app-failure"

    def forget_password(self) -> Iterator[str]:
        """A new password by mail."""
        page, carol = self.page, self.people.create("carol")
        page.goto(f"{self.demo.realm_url}/login/forgot-password")
        yield "login-forgot-password"
        page.get_by_label("Username or email").fill(carol.email)
        press(page, "Send me a link")
        expect_heading(page, "Please look at your mail")
        yield "login-link-sent"
        page.goto(self.mailbox.wait_for(carol.email, "Choose a new password").link_to("reset-password"))
        page.get_by_label("New password", exact=True).fill("four words of secrecy")
        yield "login-reset-password"
        page.get_by_label("New password again").fill("four words of secrecy")
        press(page, "Save new password")
        expect_heading(page, "Your password is changed")
        yield "login-password-changed"

    def replace_password(self) -> Iterator[str]:
        """An administrator has set the password."""
        page, erin = self.page, self.people.create("erin")
        self.people.require_new_password(erin)
        self.begin(erin, "login?prompt=login")
        expect_heading(page, "Choose your own password")
        yield "login-new-password"

    def need_certificate(self) -> Iterator[str]:
        """A certificate is demanded of somebody who has none."""
        page, dave = self.page, self.people.create("dave")
        self.begin(dave, "login?prompt=login&acr_values=2")
        expect_heading(page, "You need a certificate")
        yield "login-certificate-missing"
        press(page, "Send me an enrolment link")
        expect_heading(page, "Please look at your mail")
        yield "login-enrolment-sent"
        page.goto(self.mailbox.wait_for(dave.email, "Set up your certificate").link_to("login/enrolment"))
        expect_heading(page, "Set up your certificate")
        yield "login-enrolment-link"
        page.get_by_label("Password", exact=True).fill(dave.password)
        press(page, "Continue")
        expect_heading(page, "Two-Factor Authentication")
        yield "account-two-factor-enrolment-only"

    def let_expire(self) -> Iterator[str]:
        """A certificate is demanded of somebody whose only one has expired."""
        page, grace = self.page, self.people.create("grace")
        self.people.enable_two_factor(grace, self.people.issue(grace))
        self.people.move_end(grace, -1)
        self.begin(grace, "login?prompt=login&acr_values=2")
        expect_heading(page, "Your certificate has expired")
        yield "login-certificate-missing-expired"

    def be_invited(self) -> Iterator[str]:
        """From the mail to the dashboard that has nothing but the enrolment."""
        page, frank = self.page, self.people.invite("frank")
        page.goto(self.mailbox.wait_for(frank.email, "Your invitation").link_to("login/invitation"))
        expect_heading(page, "Welcome, Frank")
        yield "login-invitation"
        for label in ("New password", "New password again"):
            page.get_by_label(label, exact=True).fill("four words of secrecy")
        press(page, "Continue")
        expect_heading(page, "Two-Factor Authentication")
        yield "account-two-factor-invited"

    def look_at_the_mailbox(self, person: Person) -> Iterator[str]:
        """The demo's mailbox."""
        self.page.goto(self.mailbox.url)
        yield "mailbox"
        self.page.goto(self.mailbox.wait_for(person.email, "Login Failed").url)
        yield "mailbox-login-failed"

    def administer(self) -> Iterator[str]:
        """Every page of the console, of the realm in which all of this has happened."""
        page, console = self.page, self.demo.console_url
        self.people.remember_a_month()
        page.goto(console)
        expect_heading(page, "Sign in to Administration")
        page.get_by_label("Username or email").fill(ADMIN.username)
        page.get_by_label("Password", exact=True).fill(ADMIN.password)
        press(page, "Sign in")
        expect_heading(page, "Overview")
        page.goto(f"{console}_/realms")
        yield "console-realms"
        for name, path in CONSOLE_PAGES.items():
            page.goto(f"{console}{DEMO}/{path}")
            yield f"console-{name}"
        yield from self._look_at_an_application(f"{console}{DEMO}/clients?search=demo-app")
        page.goto(f"{console}{DEMO}/events")
        page.locator(".event-link").first.click()
        expect_heading(page, "")
        yield "console-event"
        page.goto(f"{console}{DEMO}/certificates?state=all")
        page.locator("td .event-link").first.click()
        expect_text(page, "Its chain")
        yield "console-certificate"
        page.goto(f"{console}{DEMO}/authorities")
        page.get_by_role("link", name="Revoke").first.click()
        expect_heading(page, "Revoke this authority?")
        yield "console-authority-revoke"
        yield from self.look_after_people()
        yield from self.look_after_roles()
        page.goto(f"{console}{DEMO}/keys")
        page.get_by_role("link", name="Revoke").first.click()
        expect_heading(page, "Revoke this key?")
        yield "console-key-revoke"
        page.goto(f"{console}{DEMO}/settings/certificates")
        page.get_by_label("Certificates per person").fill("0")
        press(page, "Save Changes")
        page.locator(".field-error").first.wait_for()
        yield "console-settings-refused"
        page.get_by_label("Certificates per person").fill("9")
        press(page, "Save Changes")
        expect_text(page, "Saved.")
        yield "console-settings-saved"
        press(page, "Undo")
        expect_text(page, "Taken back")
        page.goto(f"{console}nothing/")
        yield "console-no-realm"
        page.goto(f"{console}{DEMO}/")
        press(page, "Deutsch")
        expect_heading(page, "Übersicht")
        yield "console-overview-german"
        page.goto(f"{console}{DEMO}/settings/lifetimes")
        yield "console-settings-german"

    def look_after_people(self) -> Iterator[str]:
        """One person, and what is done to many."""
        page, users = self.page, f"{self.demo.console_url}{DEMO}/users"
        page.goto(f"{users}?certificate=some")
        page.get_by_role("checkbox").nth(1).check()
        press(page, "Continue…")
        expect_heading(page, "Enable")
        yield "console-users-bulk"
        press(page, "Enable")
        expect_text(page, "Done for")
        yield "console-users-bulk-report"
        page.goto(f"{users}?certificate=some")
        page.locator("tbody .event-link").first.click()
        expect_text(page, "What happened lately")
        yield "console-user"
        person = page.url
        for path in ("details", "groups", "roles", "password", "two-factor", "impersonate", "delete"):
            page.goto(f"{person}/{path}")
            yield f"console-user-{path}"
        page.goto(person)
        page.get_by_role("link", name="Revoke").first.click()
        expect_heading(page, "Revoke this certificate?")
        yield "console-user-certificate-revoke"
        page.goto(f"{users}/import")
        content = b"email,given name\nada@example.org,Ada\nno address,\n"
        page.get_by_label("File", exact=True).set_input_files(
            {"name": "a.csv", "mimeType": "text/csv", "buffer": content}
        )
        press(page, "Look at the lines")
        expect_text(page, "One line can be used.")
        yield "console-users-import-job"
        press(page, "Create and invite")
        expect_text(page, "One person was made.")
        yield "console-users-import-done"

    def look_after_roles(self) -> Iterator[str]:
        """What new people get, and a role of its own with what is said before it goes."""
        page, roles = self.page, f"{self.demo.console_url}{DEMO}/roles"
        page.goto(roles)
        follow(page, "What new people get")
        expect_text(page, "New people get this role")
        yield "console-default-roles"
        page.goto(f"{roles}/new")
        page.get_by_label("Name", exact=True).fill("walked")
        press(page, "Create")
        expect_text(page, "The role is made.")
        yield "console-role"
        role = page.url.partition("?")[0]
        for path in ("holders", "delete"):
            page.goto(f"{role}/{path}")
            yield f"console-role-{path}"
        yield from self._look_at_a_group(f"{self.demo.console_url}{DEMO}/groups")
        page.goto(f"{self.demo.console_url}{DEMO}/scopes/new")
        page.get_by_label("Name", exact=True).fill("walked")
        press(page, "Create")
        expect_text(page, "The scope is made.")
        yield "console-scope"
        scope = page.url.partition("?")[0]
        for path in ("mappers", "mappers/edit?kind=oidc-audience-mapper", "delete"):
            page.goto(f"{scope}/{path}")
            yield f"console-scope-{path.partition('?')[0].replace('/', '-')}"

    def _look_at_a_group(self, groups: str) -> Iterator[str]:
        """A group that has everything: one in it, somebody found to be added, a role to be given."""
        page = self.page
        page.goto(f"{groups}/new")
        page.get_by_label("Name", exact=True).fill("walkers")
        press(page, "Create")
        expect_text(page, "The group is made.")
        group = page.url.partition("?")[0]
        follow(page, "New group in it")
        page.get_by_label("Name", exact=True).fill("runners")
        press(page, "Create")
        expect_text(page, "The group is made.")
        for path in ("", "/members?find=a", "/roles?find=walked", "/settings", "/move", "/delete"):
            page.goto(f"{group}{path}")
            yield f"console-group{path.partition('?')[0].replace('/', '-')}"

    def begin(self, person: Person, path: str = "login?prompt=login") -> None:
        """Type the password of *person*, whoever the browser was."""
        page = self.page
        page.goto(f"{self.demo.app_url}{path}")
        other = page.get_by_role("link", name="Not you?")
        expect_heading(page, "Sign in to")
        if other.is_visible():
            other.click()
            page.get_by_label("Username or email").wait_for()
        type_password(page, person)

    def _look_at_an_application(self, found: str) -> Iterator[str]:
        """The pages of one application, and the one with a secret that is shown once."""
        page = self.page
        page.goto(found)
        page.locator(".event-link").first.click()
        page.locator(".tabs").first.wait_for()
        address = page.url
        yield "console-application"
        for name, path in APPLICATION_PAGES.items():
            page.goto(f"{address}/{path}")
            yield f"console-application-{name}"
        page.goto(found.partition("?")[0] + "/new/web")
        page.get_by_label("client_id").fill("walked")
        press(page, "Register")
        page.locator(".field-error").first.wait_for()
        yield "console-application-refused"
        page.get_by_label("Redirect URIs").fill("https://walked.example.org/callback")
        press(page, "Register")
        page.locator("#secret").wait_for()
        yield "console-application-registered"
