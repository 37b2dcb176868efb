"""Static files: those of themes, and no others."""

from pathlib import Path

import pytest
from starlette.testclient import TestClient

from idp.themes import Themes
from tests.provider import PUBLIC, run_provider


@pytest.fixture
def themes(tmp_path: Path) -> Themes:
    """A folder of themes, with files around it that are nobody's business."""
    for name in ("themes/default/resources/style.css", "resources/secret.txt", "themes/resources/secret.txt"):
        path = tmp_path / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(name)
    (tmp_path / "themes/default/resources/link.txt").symlink_to(tmp_path / "resources/secret.txt")
    return Themes([tmp_path / "themes"])


def test_a_themes_file_is_found(themes: Themes) -> None:
    """In the theme asked for, else in the default one."""
    assert themes.find_resource("default", "style.css") == themes.find_resource("other", "style.css")


@pytest.mark.parametrize(
    ("theme", "name"),
    [
        ("..", "secret.txt"),
        (".", "secret.txt"),
        ("", "secret.txt"),
        ("default", "../../../resources/secret.txt"),
        ("default", "/etc/passwd"),
        ("default", "link.txt"),
        ("default", ""),
        ("default", "style.css\0"),
        ("de\0fault", "nothing"),
        ("default", "a" * 5000),
        ("a" * 5000, "nothing"),
    ],
)
def test_nothing_outside_a_themes_resources_is_found(themes: Themes, theme: str, name: str) -> None:
    """No way up, no way out, and no error for a name that no file can have."""
    assert themes.find_resource(theme, name) is None


@pytest.mark.parametrize("address", ["default/%00", "%2e%2e/style.css%00", f"default/{'a' * 5000}"])
def test_an_address_that_no_file_can_have_is_not_found(database_url: str, tmp_path: Path, address: str) -> None:
    """It is the person's mistake, not ours."""
    with run_provider(database_url, tmp_path) as provider:
        client = TestClient(provider.app, base_url=PUBLIC, raise_server_exceptions=False)
        assert client.get(f"/resources/v/{address}").status_code == 404
