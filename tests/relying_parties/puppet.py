"""A program of Node whose exported functions a test calls, one JSON line for each call and each answer."""

import json
import subprocess
from pathlib import Path
from typing import Any

from tests.relying_parties.installation import FOLDER, installed_packages
from tests.services import leave_out, require_binary

_OLDEST_NODE = 20


class Refused(Exception):
    """What the client library threw: its `name`, `code`, message and `cause`, as the library has them."""

    def __init__(self, error: dict[str, Any]) -> None:
        super().__init__("\n".join(f"{name}: {value}" for name, value in error.items() if value))
        self.name: str = error.get("name", "")
        self.code: str = error.get("code", "")
        self.error: str = error.get("error", "")
        self.message: str = error.get("message", "")
        self.status: int = error.get("status", 0)


class Puppet:
    """The program *name* of the folder programs, running."""

    def __init__(self, name: str) -> None:
        installed_packages()
        self._process = subprocess.Popen(
            [find_node(), str(FOLDER / "programs" / f"{name}.mjs")],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )

    def call(self, function: str, /, **arguments: Any) -> Any:
        """Call an exported function with one object of *arguments*; raise `Refused` for what it throws."""
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        self._process.stdin.write(json.dumps({"function": function, "arguments": arguments}) + "\n")
        self._process.stdin.flush()
        line = self._process.stdout.readline()
        assert line, f"the program ended with {self._process.wait()}"
        answer = json.loads(line)
        if "thrown" in answer:
            raise Refused(answer["thrown"])
        return answer["returned"]

    def close(self) -> None:
        """End the program."""
        with self._process:
            assert self._process.stdin is not None
            self._process.stdin.close()  # it ends with its input
            self._process.wait(20)


def find_node() -> Path:
    """Return the path of Node; leave the test out where there is none, or an old one."""
    node = require_binary("node", package="nodejs")
    version = subprocess.run([node, "--version"], capture_output=True, text=True, check=True).stdout.strip()
    if int(version.removeprefix("v").partition(".")[0]) < _OLDEST_NODE:
        leave_out(f"needs Node {_OLDEST_NODE} or newer, and here is {version}")
    return Path(node)
