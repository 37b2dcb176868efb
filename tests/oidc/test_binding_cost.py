"""What binding costs: a bearer request nothing, a request with a proof one call of the store."""

from collections.abc import Callable
from typing import Any

import pytest

from idp.storage.transaction import Transaction
from tests.oidc.dpop import DpopClient
from tests.oidc.provider import SECRET, Provider

STORE = ("put", "add", "get", "take", "increment", "count", "delete")
Count = Callable[[Callable[[], Any]], tuple[int, int]]


@pytest.fixture
def count(provider: Provider, monkeypatch: pytest.MonkeyPatch) -> Count:
    """Return a function that tells how many statements and store calls a successful request made."""
    seen = {"statements": 0, "calls": 0}

    def watch(owner: Any, name: str, what: str) -> None:
        original = getattr(owner, name)

        def watched(*args: Any, **kwargs: Any) -> Any:
            seen[what] += 1
            return original(*args, **kwargs)

        monkeypatch.setattr(owner, name, watched)

    watch(Transaction, "_execute", "statements")
    for name in STORE:
        watch(type(provider.services.ephemeral), name, "calls")

    def counted(send: Callable[[], Any]) -> tuple[int, int]:
        before = dict(seen)
        assert send().status_code == 200
        return seen["statements"] - before["statements"], seen["calls"] - before["calls"]

    return counted


def test_bearer_request_looks_nothing_up_for_bindings(signed_in: Provider, count: Count) -> None:
    """A client's own token: nothing at all. UserInfo: the person. A code: the code twice, and the family."""
    signed_in.add_client("service", grant_types=["client_credentials"])
    own = {"auth": ("service", SECRET), "grant_type": "client_credentials"}
    signed_in.token(**own)  # fills the caches
    assert count(lambda: signed_in.token(**own)) == (0, 0)
    code = signed_in.get_code(scope="openid")
    tokens: dict[str, Any] = {}

    def redeem() -> Any:
        response = signed_in.exchange_code(code)
        tokens.update(response.json())
        return response

    assert count(redeem) == (1, 2)
    assert count(lambda: signed_in.userinfo(tokens["access_token"])) == (1, 0)
    assert count(lambda: signed_in.refresh(tokens["refresh_token"])) == (2, 0)


def test_request_with_a_proof_makes_one_call(signed_in: Provider, count: Count) -> None:
    """The jti is remembered, and that is all: nonces are looked up nowhere."""
    dpop = DpopClient(signed_in.clock)
    response = signed_in.exchange_code(signed_in.get_code(), headers=dpop.header())
    headers = dpop.presenting(response.json()["access_token"], nonce=response.headers["dpop-nonce"])
    assert count(lambda: signed_in.http.get(signed_in.path("userinfo"), headers=headers)) == (1, 1)
