"""Certificates that were made to be misread, shown to the real listener by a client that sends whatever it is given."""

import json
import time
from collections.abc import Iterator, Sequence
from typing import Any

import pytest

from idp.pki.rejections import Reason
from idp.serving.listener import build_certificate_server
from tests.certificates import create_long_chain, ec_key
from tests.pki.hostile import Bench, each
from tests.pki.test_hostile_certificates import mesh, self_issued
from tests.serving.conftest import Tree
from tests.serving.raw_tls import Ended, exchange
from tests.serving.running import report_client, running, warnings_of

pytestmark = [
    pytest.mark.filterwarnings("ignore:Parsed a serial number"),
    pytest.mark.filterwarnings("ignore:Attribute's length must be"),
]
REQUEST = b"GET / HTTP/1.1\r\nhost: localhost\r\nconnection: close\r\n\r\n"
# OpenSSL reads no more of these than we do, so that TLS ends before there could be a page.
UNREADABLE_FOR_TLS = {"name of octets"}
# What OpenSSL reads and writes again in DER: it is the good certificate then, to the octet.
REWRITTEN = {"indefinite length", "length in too many octets"}


@pytest.fixture(scope="module")
def bench() -> Bench:
    """Authorities that this listener need not know."""
    return Bench.create()


@pytest.fixture(scope="module")
def port(tree: Tree) -> Iterator[int]:
    """A listener that tells what it was shown."""
    server = build_certificate_server(
        report_client, host="127.0.0.1", port=0, certificate_file=tree.certificate_file, key_file=tree.key_file,
        ca_names=lambda: [tree.issuing.certificate],
    )  # fmt: skip
    with running(server):
        yield server.port


def show(port: int, certificates: Sequence[bytes], key: Any) -> dict[str, Any]:
    """Return what the application saw; raise `Ended`."""
    report: dict[str, Any] = json.loads(
        exchange(port, "localhost", certificates, key, REQUEST).partition(b"\r\n\r\n")[2]
    )
    return report


def test_what_is_shown_arrives_as_it_is_or_ends_the_connection(
    bench: Bench, port: int, caplog: pytest.LogCaptureFixture
) -> None:
    """All that has a page of its own comes to the application; nothing is logged as an error, and the listener goes on."""
    ended = set()
    for name, der, reason in each(bench):
        try:
            report = show(port, [der], bench.key)
        except Ended:
            ended.add(name)
            assert reason in {Reason.MALFORMED, Reason.WEAK_KEY} or name in UNREADABLE_FOR_TLS, name
            continue
        assert (report["leaf"] == der.hex()) is (name not in REWRITTEN), name
        assert reason is not Reason.WEAK_KEY, "nobody has proven that key"

    assert ended >= UNREADABLE_FOR_TLS
    assert warnings_of(caplog) == []
    assert show(port, [bench.good.der], bench.key)["leaf"]


def test_nobody_shows_a_certificate_without_its_key(bench: Bench, port: int) -> None:
    """Be it never so good."""
    with pytest.raises(Ended):
        show(port, [bench.good.der], ec_key())


def test_long_chains_cost_little(bench: Bench, port: int) -> None:
    """A hundred arrive, for the application to refuse; more than OpenSSL's 100 kB do not."""
    _, leaf = create_long_chain(20)
    began = time.process_time()

    report = show(port, [bench.good.der, *leaf.chain_der * 5], bench.key)

    assert len(report["chain"]) == 100
    with pytest.raises(Ended):
        show(port, [bench.good.der, *leaf.chain_der * 50], bench.key)
    with pytest.raises(Ended):
        show(port, [bench.good.der, b"\x30\x03\x02\x01\x00"], bench.key)
    assert time.process_time() - began < 1


@pytest.mark.parametrize("number", [2, 10])
def test_loops_arrive_and_end(bench: Bench, port: int, number: int) -> None:
    """OpenSSL's own path builder gets them first."""
    for authorities in (mesh("Mesh", number), list(self_issued("Test Issuing", ec_key(), number))):
        leaf = authorities[0].issue("alice", key=bench.key)
        began = time.process_time()
        report = show(port, [leaf.der, *(authority.der for authority in authorities)], bench.key)
        assert time.process_time() - began < 1
        assert report["leaf"] == leaf.der.hex()
