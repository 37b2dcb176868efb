"""Every template of the default theme renders, is safe, and says what the product's contract promises."""

import re
from html.parser import HTMLParser
from pathlib import Path

import pytest

from idp.resources import themes_directory
from tests.themes.rendering import render, render_mail
from tests.themes.samples import ACCOUNT_PAGES, EVENTS, HOSTILE, MAILS, PAGES

THEME = themes_directory() / "default"
PARTS = {
    "login": {"base", "prompt", "other_ways", "reasons", "reason_text", "ask_again", "scopes"},
    "account": {"base", "platforms", "certificate_card", "progress", "event_words"},
}
ALL_PAGES = [(name, variant) for name, variants in PAGES.items() for variant in variants]
ALL_MAILS = [(name, variant) for name, variants in MAILS.items() for variant in variants]
VOID = {"meta", "link", "input", "br", "path", "rect", "circle", "wbr"}


class Page(HTMLParser):
    """A parsed page: its elements, in order, and whether tags are balanced."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.elements: list[tuple[str, dict[str, str | None]]] = []
        self.open: list[str] = []
        self.feed(html)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Note an element."""
        self.elements.append((tag, dict(attrs)))
        if tag not in VOID:
            self.open.append(tag)

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Note an element that has no end tag of its own."""
        self.elements.append((tag, dict(attrs)))

    def handle_endtag(self, tag: str) -> None:
        """Check that what ends is what was opened last."""
        assert tag == self.open.pop()

    def find(self, tag: str) -> list[dict[str, str | None]]:
        """Return the attributes of every *tag*."""
        return [attributes for name, attributes in self.elements if name == tag]


def page(name: str, variant: str) -> Page:
    """Return the sample *variant* of the page *name*, parsed."""
    return Page(render(name, PAGES[name][variant]))


@pytest.mark.parametrize("area", ["login", "account"])
def test_every_template_has_samples(area: str) -> None:
    """No page can be added without a sample context."""
    names = {path.stem for path in (THEME / area).glob("*.html")} - PARTS[area]

    assert {f"{area}/{name}.html" for name in names} == {name for name in PAGES if name.startswith(area)}


def test_every_mail_has_samples_and_three_parts() -> None:
    """No mail can be added without a sample context, a subject, and both bodies."""
    folders = [path for path in (THEME / "email").iterdir() if path.is_dir()]

    assert {folder.name for folder in folders} == set(MAILS)
    for folder in folders:
        assert {path.name for path in folder.iterdir()} == {"subject.txt", "body.txt", "body.html"}


@pytest.mark.parametrize("path", sorted(THEME.rglob("*.html")), ids=lambda path: path.name)
def test_every_template_begins_with_its_context(path: Path) -> None:
    """The first thing in a template is the comment that documents it."""
    assert path.read_text(encoding="utf-8").startswith("{#")


@pytest.mark.parametrize(("name", "variant"), ALL_PAGES)
def test_page_is_well_formed_and_keeps_the_content_security_policy(name: str, variant: str) -> None:
    """Tags are balanced, ids unique, and neither styles nor scripts are inline."""
    parsed = page(name, variant)
    ids = [attributes["id"] for _, attributes in parsed.elements if "id" in attributes]

    assert parsed.open == []
    assert len(ids) == len(set(ids))
    assert all("src" in attributes for attributes in parsed.find("script"))
    assert not parsed.find("style")
    for _, attributes in parsed.elements:
        assert "style" not in attributes
        assert not [key for key in attributes if key.startswith("on")]


@pytest.mark.parametrize(("name", "variant"), ALL_PAGES)
def test_page_names_everything_for_assistive_technology(name: str, variant: str) -> None:
    """One heading of the first level, a label for every field, and no reference to an id that is not there."""
    parsed = page(name, variant)
    ids = {attributes["id"] for _, attributes in parsed.elements if "id" in attributes}
    labelled = {attributes.get("for") for attributes in parsed.find("label")}

    assert len(parsed.find("h1")) == 1
    for field in parsed.find("input") + parsed.find("select") + parsed.find("textarea"):
        if field.get("type") not in ("hidden", "checkbox", "radio") and not field.get("aria-hidden"):
            assert field["id"] in labelled
    for _, attributes in parsed.elements:
        for key in ("aria-describedby", "aria-labelledby", "for", "popovertarget"):
            assert set((attributes.get(key) or "").split()) <= ids


@pytest.mark.parametrize(("name", "variant"), ALL_PAGES)
def test_every_form_that_posts_to_us_carries_the_csrf_token(name: str, variant: str) -> None:
    """As many tokens as forms; the form that goes to an application has none."""
    parsed = page(name, variant)
    tokens = [field for field in parsed.find("input") if field.get("name") == "csrf_token"]
    forms = [form for form in parsed.find("form") if "data-form-post" not in form]

    assert len(tokens) == len(forms)
    assert all(form["method"] == "post" for form in forms)


@pytest.mark.parametrize(("name", "variant"), ALL_PAGES)
def test_text_of_others_is_escaped(name: str, variant: str) -> None:
    """What people or applications have typed never becomes markup."""
    assert HOSTILE not in render(name, PAGES[name][variant])


@pytest.mark.parametrize(("name", "variant"), ALL_MAILS)
def test_mail_renders_with_the_same_links_in_both_bodies(name: str, variant: str) -> None:
    """The subject is one line, and a reader of plain text can do everything."""
    subject, text, html = (
        render_mail(name, part, MAILS[name][variant]) for part in ("subject.txt", "body.txt", "body.html")
    )
    links = set(re.findall(r'href="([^"]+)"', html))

    assert len(subject.strip().splitlines()) == 1
    assert links <= set(re.findall(r"https?://\S+", text))
    assert "<" not in text
    assert Page(html.replace("<!doctype html>", "")).open == []


def test_mail_of_a_name_with_markup_is_escaped_in_html_alone() -> None:
    """The HTML body escapes, the text body does not."""
    context = MAILS["login_failed"]["disable"] | {"browser": HOSTILE}

    assert HOSTILE not in render_mail("login_failed", "body.html", context)
    assert HOSTILE in render_mail("login_failed", "body.txt", context)


CONTRACT = [
    ("login/password.html", "first", ["Username or email", "Password", "Sign in", "Forgot password?"]),
    ("login/certificate.html", "chrome", ["Continue with certificate", "Use a recovery code"]),
    ("login/certificate_failed.html", "none", ["Try again", "Use a recovery code"]),
    (
        "account/two_factor.html",
        "untested",
        [
            "Two-Factor Authentication",
            "Test my certificate",
            "Enable X.509 Certificate Authentication for Two-Factor Authentication",
            "Save Changes",
            "Sign out",
        ],
    ),
    ("account/enrol.html", "first", ["Download"]),
    ("account/install.html", "windows", ["Test my certificate"]),
]


@pytest.mark.parametrize(("name", "variant", "labels"), CONTRACT)
def test_page_has_the_promised_names(name: str, variant: str, labels: list[str]) -> None:
    """People, guides and tests find things by these labels."""
    text = re.sub(r"\s+", " ", re.sub(r"<[^>]*>", "|", render(name, PAGES[name][variant])))

    for label in labels:
        assert re.search(rf"\|\s*{re.escape(label)}\s*\|", text), label


@pytest.mark.parametrize("variant", [v for v in ACCOUNT_PAGES["two_factor"] if v not in ("start", "former")])
def test_two_factor_page_has_one_test_button(variant: str) -> None:
    """There is exactly one button to test with, whichever state the account is in."""
    html = render("account/two_factor.html", PAGES["account/two_factor.html"][variant])

    assert html.count("Test my certificate</button>") == 1


def test_activity_says_each_event_in_words_and_leaves_out_echoes() -> None:
    """A tag never shows; what only repeats another line is left out."""
    html = render("account/activity.html", PAGES["account/activity.html"]["some"])

    assert "Signed in to Account" in html
    assert html.count('class="event"') == len(EVENTS) - 1
    assert not [event for event in EVENTS if event["tag"] in html]
