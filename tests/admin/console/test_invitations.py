"""Many people from a file: looked at line by line, made all or nothing, told in a file that no spreadsheet calculates."""

import csv
import io

import pytest

from idp.admin.console.people import invitations
from idp.admin.console.people.csv_file import MOST_LINES, UnreadableFile, read_people
from idp.models import User
from tests.admin.console.people import HOSTILE_CELL, Desk, token_of
from tests.crowd import all_at_once
from tests.provider import PUBLIC, Browser, Page

HEADINGS = "email,username,given name,family name\n"


@pytest.fixture(scope="module")
def root(desk: Desk) -> Browser:
    return desk.sign_in()


def upload(desk: Desk, root: Browser, content: bytes, way: str = "invite") -> Page:
    """Send the file as a browser does, and return the page that it leads to."""
    token = token_of(root.get(desk.address("users/import")))
    response = root.client.post(
        PUBLIC + desk.address("users/import"),
        data={"csrf_token": token, "way": way},
        files={"file": ("people.csv", content, "text/csv")},
    )
    if response.status_code != 303:
        return Page(str(response.url), response.status_code, response.text, response.headers)
    return root.get(response.headers["location"])


def people(desk: Desk, part: str) -> list[str]:
    """Return the usernames of the realm that have the part in them."""
    with desk.provider.services.database.transaction() as session:
        rows = session.query(User).filter(User.realm_id == desk.realm().id, User.username.contains(part))
        return sorted(user.username for user in rows)


def test_file_is_looked_at_and_then_worked_on(desk: Desk, root: Browser) -> None:
    rows = [
        "one@file.example,,Öne,=1+1",
        "two@file.example,two.file,Two,B",
        "alice@file.example,alice,,",
        "no address,,,",
        "one@file.example,again,,",
        "short@file.example",
        f"long@file.example,,{'x' * 10_000},",
        f'evil@file.example,,"{HOSTILE_CELL.replace(chr(34), chr(34) * 2)}",',
    ]
    page = upload(desk, root, (HEADINGS + "\n".join(rows)).encode("utf-8-sig"))
    assert "3 lines can be used. 5 have problems and are left out." in page.text
    assert people(desk, "file") == []
    page = root.press("Create and invite")
    address = page.url

    assert "3 people were made. 5 lines were left out." in page.text
    assert people(desk, "file") == ["evil@file.example", "one@file.example", "two.file"]
    assert len(desk.provider.mails("invitation")) == 3
    report = list(csv.reader(io.StringIO(root.get(f"{address}/report").html)))
    assert [line[-1] for line in report[1:]] == ["done", "done", "taken", "email", "twice", "columns", "long", "done"]
    assert report[1][4] == "'=1+1"
    assert not [cell for line in report for cell in line if cell.startswith(("=", "+", "@"))]
    root.post(address, {"csrf_token": token_of(root.get(desk.address("users/import")))})
    assert len(desk.provider.mails("invitation")) == 3


def test_batches_go_on_where_they_stopped_and_repeat_what_was_cut_off(
    desk: Desk, root: Browser, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Between a batch's state and its commit the server may be killed: its accounts are not there, so it is done again."""
    monkeypatch.setattr(invitations, "BATCH", 2)
    content = HEADINGS + "".join(f"b{number}@batch.example,,,\n" for number in range(5))
    page = upload(desk, root, content.encode(), "none")
    job = page.url
    page = root.press("Create without a mail")
    assert "2 of 5 lines are done." in page.text
    with desk.provider.services.database.transaction() as session:
        for user in session.query(User).filter(User.email.contains("@batch.example")):
            session.delete(user)
    assert "can be used" in root.get(job).text
    desk.provider.services.ephemeral.delete(
        "console-import", f"{desk.provider.user('root').id}:{job.rpartition('/')[2]}:0"
    )
    root.press("Create without a mail")
    root.press("Go on")
    page = root.press("Go on")

    assert "5 people were made." in page.text
    assert len(people(desk, "@batch.example")) == 5


def test_batch_that_is_asked_for_twice_at_once_is_one(desk: Desk, root: Browser) -> None:
    page = upload(desk, root, (HEADINGS + "once@twice.example,,,\n").encode())
    fields = {"csrf_token": token_of(page)}
    url = page.url
    sent = len(desk.provider.mails("invitation"))
    all_at_once(lambda _: root.client.post(url, data=fields), 3)

    assert "One person was made." in root.get(url).text
    assert len(desk.provider.mails("invitation")) == sent + 1


def test_job_belongs_to_whoever_began_it(desk: Desk, root: Browser) -> None:
    page = upload(desk, root, (HEADINGS + "x@mine.example,,,\n").encode())
    token = page.url.rpartition("/")[2]
    desk.hire("iris", home="demo", roles=["manage-users"])
    iris = desk.sign_in("iris", home="demo")

    assert iris.get(desk.address(f"users/import/{token}", home="demo")).status == 404
    assert root.get(desk.address(f"users/import/{token}", managed="master")).status == 404


@pytest.mark.parametrize(
    ("content", "problem"),
    [
        (b"", "empty"),
        (HEADINGS.encode(), "empty"),
        (b"email\n\xff@x", "encoding"),
        ("email\na@x".encode("utf-16"), "encoding"),
        (b"name,username\na,b", "headings"),
        (b"email,mail\na,b", "headings"),
        (b'email\n"' + b"x" * 200_000, "csv"),
        (b"email\n" + b"a@x.example\n" * (MOST_LINES + 1), "long"),
    ],
)
def test_files_that_cannot_be_used_are_named(content: bytes, problem: str) -> None:
    with pytest.raises(UnreadableFile) as refused:
        read_people(content)

    assert refused.value.problem == problem


def test_headings_of_spreadsheets_are_understood() -> None:
    file = read_people("\ufeffFirst Name;E-Mail;Note;\r\nAda;ada@x.example;hm;\r\n;;;\r\n".encode())

    assert [(line.number, line.email, line.given_name) for line in file.lines] == [(2, "ada@x.example", "Ada")]
    assert file.ignored == ["Note"]


def test_upload_is_refused_with_a_reason(desk: Desk, root: Browser) -> None:
    assert "not UTF-8" in upload(desk, root, b"\xff\xfe").text
    assert upload(desk, root, (HEADINGS + "a@x.example,,,").encode(), "nonsense").status == 422
    assert upload(desk, root, b"x" * 2_000_000).status == 413
