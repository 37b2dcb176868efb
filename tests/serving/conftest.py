"""An authority tree, made once, and a certificate listener for it on both event loops."""

from collections.abc import Callable, Iterator
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from idp.serving.bound_server import BoundServer
from idp.serving.listener import build_certificate_server
from tests.certificates import Authority, Issued
from tests.serving.running import LOOPS, report_client, running

Serve = Callable[..., BoundServer]


@dataclass(frozen=True)
class Tree:
    """A root, an issuing authority, and a server certificate in files."""

    root: Authority
    issuing: Authority
    server: Issued
    certificate_file: Path
    key_file: Path


@pytest.fixture(scope="session")
def tree(tmp_path_factory: pytest.TempPathFactory) -> Tree:
    """One tree for all tests."""
    root = Authority.create("Test Root")
    server = root.issue_server()
    certificate_file, key_file = server.write_pem(tmp_path_factory.mktemp("server"))
    return Tree(root, root.create_intermediate("Test Issuing"), server, certificate_file, key_file)


@pytest.fixture(params=list(LOOPS))
def loop(request: pytest.FixtureRequest) -> str:
    """The name of each event loop in turn."""
    name: str = request.param
    return name


@pytest.fixture
def serve(tree: Tree, loop: str) -> Iterator[Serve]:
    """Start a certificate listener with the given options; it stops with the test."""
    with ExitStack() as stack:

        def start(app: Any = report_client, **changes: Any) -> BoundServer:
            options: dict[str, Any] = {
                "host": "127.0.0.1",
                "port": 0,
                "certificate_file": tree.certificate_file,
                "key_file": tree.key_file,
                "ca_names": lambda: [tree.issuing.certificate],
            } | changes
            server = build_certificate_server(app, **options)
            stack.enter_context(running(server, loop=loop))
            return server

        yield start
