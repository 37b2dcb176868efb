"""An X display that nobody sees, and the keyboard on it: how the browser's own prompt is answered.

The prompt is no window of its own: Chromium draws it into its one window, and darkens the page behind it. That is how a
person and this module see it, the module by one pixel of the display's memory.
"""

import contextlib
import os
import struct
import subprocess
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from tests.browser.patience import eventually
from tests.services import require_binary

_SCREEN = "1280x900x24"
_PIXEL_OF_THE_PAGE = (30, 780)
_DARK = 160
_HEADER = struct.Struct(">25I")  # XWDFileHeader of X11/XWDFile.h, always big-endian


@dataclass(frozen=True)
class Display:
    """A running display; `name` is what DISPLAY gets, *memory* the file that holds its pixels."""

    name: str
    memory: Path

    def press(self, *keys: str) -> None:
        """Press keys, by their X names, one after the other."""
        subprocess.run(
            [require_binary("xdotool", package="xdotool"), "key", "--delay", "60", *keys],
            env={**os.environ, "DISPLAY": self.name},
            check=True,
            capture_output=True,
            timeout=30,
        )

    def answer_prompt(self, *keys: str) -> None:
        """Wait for the prompt, press *keys*, and wait until it has gone."""
        eventually(self.prompt_is_open, "the browser asks for a certificate")
        self.press(*keys)
        eventually(lambda: not self.prompt_is_open(), "the prompt has closed")

    def prompt_is_open(self) -> bool:
        """Tell whether the page, which is a light one, lies in the dark behind a prompt."""
        return max(self._read_pixel(*_PIXEL_OF_THE_PAGE)) < _DARK

    def _read_pixel(self, x: int, y: int) -> tuple[int, int, int]:
        data = self.memory.read_bytes()
        header = _HEADER.unpack_from(data)
        size, bits, line, colours = header[0], header[11], header[12], header[19]
        start = size + colours * 12 + y * line + x * bits // 8
        blue, green, red = data[start : start + 3]
        return red, green, blue


@contextlib.contextmanager
def open_display() -> Iterator[Display]:
    """Yield a new display; the server itself chooses a number that is free."""
    program = require_binary("Xvfb", package="xvfb")
    require_binary("xdotool", package="xdotool")
    with tempfile.TemporaryDirectory() as folder:
        reader, writer = os.pipe()
        options = ["-displayfd", str(writer), "-screen", "0", _SCREEN, "-fbdir", folder, "-nolisten", "tcp", "-noreset"]
        server = subprocess.Popen(
            [program, *options],
            pass_fds=(writer,),
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )
        os.close(writer)
        try:
            with os.fdopen(reader) as numbers:
                number = numbers.readline().strip()
            assert number, "Xvfb did not start"
            yield Display(f":{number}", Path(folder) / "Xvfb_screen0")
        finally:
            server.terminate()
            server.wait(20)
