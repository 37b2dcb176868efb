"""Pictures of the pages: `python -m tools.screenshots docs/screenshots`, or `… --all FOLDER` for every page in four ways."""

import argparse
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

from playwright.sync_api import Page, sync_playwright

from tests.browser.chromium import Chromium
from tests.browser.demo import RunningDemo
from tests.browser.mailbox import Mailbox
from tests.browser.people import People
from tests.browser.walk import Walk

WIDE, PHONE = {"width": 1280, "height": 800}, {"width": 360, "height": 740}
TALL = {"width": 1280, "height": 1400}
FOR_DOCUMENTS = {
    "login-password": "sign-in",
    "login-certificate": "certificate",
    "login-certificate-failed-other-user": "certificate-refused",
    "account-two-factor-on": "two-factor",
    "account-enrol": "enrol",
    "account-install-windows": "install",
    "account-recovery-codes": "recovery-codes",
    "mailbox-login-failed": "login-failed-mail",
    "console-overview": "console",
    "app-signed-in-with-certificate": "application",
}
ON_A_PHONE = "login-certificate"
WITH_A_LETTER = {"mailbox-login-failed"}  # stands in a frame that grows with the window


class PeopleInPictures(People):
    """People whose names read well."""

    def choose_username(self, name: str) -> str:
        """Return a username that is not one of the demo's."""
        return f"{name}.example"


def main() -> None:
    """Run a demo, walk through it, and write PNG files."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--all", action="store_true")
    options = parser.parse_args()
    options.folder.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory() as scratch, sync_playwright() as playwright:
        demo = RunningDemo(Path(scratch))
        people = PeopleInPictures(demo.services, Path(scratch))
        demo.start()
        chromium = Chromium(
            playwright,
            Path(scratch) / "home",
            root=demo.folder.tls.root,
            certificate_port=demo.options.certificate_port,
        )
        page = chromium.open(viewport=WIDE, color_scheme="light")
        try:
            for name in Walk(demo, people, Mailbox(demo.options.mailbox_url), chromium, page):
                write_all(page, options.folder, name) if options.all else write(page, options.folder, name)
        finally:
            chromium.close()
            demo.close()


def write_all(page: Page, folder: Path, name: str) -> None:
    """Write the page at two widths, light and dark, whole."""
    for width, size in (("1280", WIDE), ("360", PHONE)):
        for scheme in ("light", "dark"):
            _look(page, size, scheme)
            _save(page, folder / f"{name}-{width}-{scheme}.png")
    _look(page, WIDE, "light")


def write(page: Page, folder: Path, name: str) -> None:
    """Write the page if the documents show it."""
    if name not in FOR_DOCUMENTS:
        return
    path = folder / f"{FOR_DOCUMENTS[name]}.png"
    _look(page, TALL if name in WITH_A_LETTER else WIDE, "light")
    _save(page, path)
    _compress(path)
    if name == ON_A_PHONE:
        path = path.with_stem(f"{path.stem}-phone-dark")
        _look(page, PHONE, "dark")
        _save(page, path)
        _compress(path)
    _look(page, WIDE, "light")


def _look(page: Page, size: dict[str, int], scheme: str) -> None:
    page.set_viewport_size(size)
    page.emulate_media(color_scheme=scheme)


def _save(page: Page, path: Path) -> None:
    page.evaluate("scrollTo(0, 0)")
    page.screenshot(path=path, animations="disabled", full_page=True)


def _compress(path: Path) -> None:
    """128 colours are enough for these pages and make a third of the size, where ImageMagick is there to choose them."""
    if program := shutil.which("convert"):
        subprocess.run([program, path, "-strip", "+dither", "-colors", "128", f"PNG8:{path}"], check=True)  # noqa: S603


if __name__ == "__main__":
    sys.exit(main())
