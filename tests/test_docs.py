"""The documents say what the code does: settings, event tags, symbols, commands and links are compared with it."""

import ast
import importlib
import re
import subprocess
from functools import cache
from pathlib import Path

import pytest
import typer

from idp.cli import app
from idp.events.tags import Tag
from idp.settings import Settings, read_settings
from tools.settings_reference import build_reference

ROOT = Path(__file__).resolve().parent.parent
DOCUMENTS = sorted([ROOT / "README.md", ROOT / "CHANGELOG.md", *(ROOT / "docs").rglob("*.md")])
TABLE_OF_TAGS = ROOT / "docs" / "administrators.md"

_LINK = re.compile(r"(?<!\\)\[[^\]]*\]\(([^()\s]+)\)")
_SYMBOL = re.compile(r"`(idp(?:\.\w+)+)`")
_PATH = re.compile(r"`((?:idp|tests|tools|docs|themes|migrations|scripts)/[\w./-]+)`")
_HEADING = re.compile(r"^#+ (.+)$", re.M)
_FENCE = re.compile(r"^```.*?^```", re.M | re.S)
_COMMAND = re.compile(r"(?<![\w./-])idp ((?:[a-z][a-z-]*)(?: [a-z][a-z-]*)?)")
_VARIABLE = re.compile(r"\bIDP_([A-Z0-9_]+)\b")

# What belongs to one machine or one company, and not into files that everybody reads.
_FOREIGN = re.compile(
    r"(?<![\w.$>])/(?:work|root|home|Users|mnt|srv|tmp)/[\w.-]+"
    r"|\b(?:artifactory|nexus|devpi|pypi-mirror|npm-mirror)\b"
    r"|index-url|trusted-host|--proxy\b",
    re.IGNORECASE,
)
_TEXT = {".py", ".md", ".toml", ".cfg", ".conf", ".html", ".txt", ".css", ".js", ".sh", ".yml", ".yaml", ".mako", ""}
_OWN_FOLDERS = {"tests/test_docs.py"}
every_document = pytest.mark.parametrize("path", DOCUMENTS, ids=lambda path: str(path.relative_to(ROOT)))


def text_of(path: Path) -> str:
    """Return a document."""
    return path.read_text(encoding="utf-8")


@cache
def anchors_of(path: Path) -> frozenset[str]:
    """Return the fragments that a document's headings can be linked by, as GitHub makes them."""
    headings = _HEADING.findall(_FENCE.sub("", text_of(path)))
    return frozenset(re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-") for heading in headings)


def resolve(name: str) -> object:
    """Return what the dotted *name* stands for; raise `ImportError` or `AttributeError`."""
    module_name, rest = name, list[str]()
    while True:
        try:
            found: object = importlib.import_module(module_name)
            break
        except ModuleNotFoundError:
            module_name, _, last = module_name.rpartition(".")
            rest.insert(0, last)
            if not module_name:
                raise
    for part in rest:
        found = getattr(found, part)
    return found


def test_settings_reference_is_what_the_settings_say() -> None:
    """Run tools/settings_reference.py after a change of a setting or its text."""
    assert text_of(ROOT / "docs" / "settings.md") == build_reference()


def test_every_setting_has_a_text() -> None:
    """A setting without one would be an empty entry."""
    assert [name for name, field in Settings.model_fields.items() if not field.description] == []


def test_every_event_tag_is_explained_once() -> None:
    """The table in docs/administrators.md has each tag, and none that does not exist."""
    explained = re.findall(r"^\| `([a-z-]+:[a-z:-]+)` \| \S", text_of(TABLE_OF_TAGS), re.M)

    assert sorted(explained) == sorted(Tag)


def test_every_event_tag_is_recorded_somewhere() -> None:
    """A tag that nothing records is a promise that is not kept."""
    code = "".join(text_of(path) for path in (ROOT / "idp").rglob("*.py") if path.name != "tags.py")

    assert [tag.name for tag in Tag if not re.search(rf"Tag\.{tag.name}\b", code)] == []


def test_every_mail_is_explained() -> None:
    """The administrators' page lists the mails that people get, by the names of their templates."""
    templates = {path.name for path in (ROOT / "themes/default/email").iterdir() if path.is_dir()}
    explained = set(re.findall(r"^\| `(\w+)` \|", text_of(TABLE_OF_TAGS), re.M))

    assert templates <= explained


@every_document
def test_symbols_exist(path: Path) -> None:
    """A name in backticks that begins with idp. can be imported."""
    missing = []
    for name in dict.fromkeys(_SYMBOL.findall(text_of(path))):
        try:
            resolve(name)
        except (ImportError, AttributeError):
            missing.append(name)

    assert missing == []


@every_document
def test_paths_exist(path: Path) -> None:
    """A path of the repository in backticks is there."""
    assert [name for name in _PATH.findall(text_of(path)) if not (ROOT / name).exists()] == []


@every_document
def test_links_lead_somewhere(path: Path) -> None:
    """Files and headings that a document links to are there."""
    broken = []
    for target in _LINK.findall(_FENCE.sub("", text_of(path))):
        if re.match(r"[a-z]+:", target):
            continue
        name, _, fragment = target.partition("#")
        file = (path.parent / name).resolve() if name else path
        if not file.exists() or (fragment and fragment not in anchors_of(file)):
            broken.append(target)

    assert broken == []


@every_document
def test_variables_are_settings(path: Path) -> None:
    """An environment variable that is named is one that is read."""
    known = {name.upper() for name in Settings.model_fields} | {"TEST_REQUIRE_SERVICES"}

    assert [name for name in _VARIABLE.findall(text_of(path)) if name not in known] == []


@every_document
def test_commands_exist(path: Path) -> None:
    """A command in backticks or in a block is one that the command line has."""
    root = typer.main.get_command(app)
    commands = {name: set(getattr(command, "commands", {})) for name, command in root.commands.items()}  # type: ignore[attr-defined]
    code = re.findall(r"^```(?:sh|console)\n(.*?)^```|`([^`\n]+)`", text_of(path), re.M | re.S)
    used = [match for block in code for match in _COMMAND.findall("\n".join(block))]
    wrong = [
        command
        for command in used
        if (words := command.split())[0] not in commands
        or (len(words) > 1 and commands[words[0]] and words[1] not in commands[words[0]])
    ]

    assert wrong == []


@every_document
def test_lines_are_prose(path: Path) -> None:
    """No trailing space, no tabs, one newline at the end."""
    text = text_of(path)

    assert not re.search(r"[ \t]+$|\t", _FENCE.sub("", text), re.M)
    assert text.endswith("\n")
    assert not text.endswith("\n\n")


def test_example_files_are_settings_that_fit(tmp_path: Path) -> None:
    """Every TOML block can be used as it stands."""
    blocks = [b for path in DOCUMENTS for b in re.findall(r"^```toml\n(.*?)^```", text_of(path), re.M | re.S)]
    for number, block in enumerate(blocks):
        file = tmp_path / f"{number}.toml"
        file.write_text(block, encoding="utf-8")
        read_settings(file, {})

    assert blocks


def test_python_examples_compile() -> None:
    """A block of Python is Python, also with `await` outside of a function."""
    blocks = [b for path in DOCUMENTS for b in re.findall(r"^```python\n(.*?)^```", text_of(path), re.M | re.S)]
    for block in blocks:
        compile(block, "example", "exec", flags=ast.PyCF_ALLOW_TOP_LEVEL_AWAIT)

    assert blocks


def test_tracked_files_speak_of_the_product_alone() -> None:
    """No path of a machine and no name of a package mirror in any text that is kept."""
    listed = subprocess.run(["git", "ls-files", "-z"], cwd=ROOT, capture_output=True, text=True, check=False)
    if listed.returncode:
        pytest.skip("not a checkout")
    found = []
    for name in listed.stdout.split("\0"):
        path = ROOT / name
        if not name or name in _OWN_FOLDERS or path.suffix not in _TEXT or not path.is_file():
            continue
        for number, line in enumerate(path.read_text(encoding="utf-8", errors="replace").splitlines(), 1):
            found += [f"{name}:{number}: {match[0]}" for match in _FOREIGN.finditer(line)]

    assert found == []
