"""docs/conformance.md lists every module of the certification plans with a test that exists."""

import ast
import re
from functools import cache
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent
TABLE = ROOT / "docs" / "conformance.md"
_HEADING = re.compile(r"^## (oidcc-\S+)$", re.M)
_ROW = re.compile(r"^\| `(oidcc-\S+)` \| `(tests/conformance/\w+\.py)::(\w+)` \|$", re.M)

_BASIC = """
    oidcc-server oidcc-response-type-missing oidcc-idtoken-signature oidcc-idtoken-unsigned oidcc-userinfo-get
    oidcc-userinfo-post-header oidcc-userinfo-post-body oidcc-ensure-request-without-nonce-succeeds-for-code-flow
    oidcc-scope-profile oidcc-scope-email oidcc-scope-address oidcc-scope-phone oidcc-scope-all
    oidcc-alternate-happy-flow oidcc-display-page oidcc-display-popup oidcc-prompt-login
    oidcc-prompt-none-not-logged-in oidcc-prompt-none-logged-in oidcc-max-age-1 oidcc-max-age-10000
    oidcc-ensure-request-with-unknown-parameter-succeeds oidcc-id-token-hint oidcc-login-hint oidcc-ui-locales
    oidcc-claims-locales oidcc-ensure-request-with-acr-values-succeeds oidcc-codereuse oidcc-codereuse-30seconds
    oidcc-ensure-registered-redirect-uri oidcc-ensure-post-request-succeeds oidcc-server-client-secret-post
    oidcc-request-uri-unsigned-supported-correctly-or-rejected-as-unsupported
    oidcc-unsigned-request-object-supported-correctly-or-rejected-as-unsupported oidcc-claims-essential
    oidcc-ensure-request-object-with-redirect-uri oidcc-refresh-token oidcc-ensure-request-with-valid-pkce-succeeds
"""
PLANS = {
    "oidcc-basic-certification-test-plan": _BASIC,
    "oidcc-config-certification-test-plan": """
        oidcc-discovery-endpoint-verification
    """,
    "oidcc-formpost-basic-certification-test-plan": _BASIC,
    "oidcc-dynamic-certification-test-plan": """
        oidcc-idtoken-rs256 oidcc-idtoken-unsigned oidcc-userinfo-rs256 oidcc-ensure-redirect-uri-in-authorization-request
        oidcc-redirect-uri-query-OK oidcc-redirect-uri-query-mismatch oidcc-redirect-uri-query-added
        oidcc-redirect-uri-regfrag oidcc-discovery-endpoint-verification oidcc-server oidcc-registration-logo-uri
        oidcc-registration-policy-uri oidcc-registration-tos-uri oidcc-registration-jwks-uri oidcc-registration-sector-uri
        oidcc-registration-sector-bad oidcc-server-rotate-keys oidcc-refresh-token-rp-key-rotation
        oidcc-request-uri-unsigned oidcc-request-uri-signed-rs256 oidcc-ensure-request-object-with-redirect-uri
        oidcc-refresh-token oidcc-ensure-client-assertion-with-iss-aud-succeeds
    """,
    "oidcc-3rdparty-init-login-certification-test-plan": """
        oidcc-3rd_party-init-login oidcc-3rd_party-init-login-nohttps
    """,
    "oidcc-rp-initiated-logout-certification-test-plan": """
        oidcc-rp-initiated-logout-discovery-endpoint-verification oidcc-rp-initiated-logout
        oidcc-rp-initiated-logout-bad-post-logout-redirect-uri oidcc-rp-initiated-logout-modified-id-token-hint
        oidcc-rp-initiated-logout-no-id-token-hint oidcc-rp-initiated-logout-no-params
        oidcc-rp-initiated-logout-no-post-logout-redirect-uri oidcc-rp-initiated-logout-no-state
        oidcc-rp-initiated-logout-only-state oidcc-rp-initiated-logout-query-added-to-post-logout-redirect-uri
        oidcc-rp-initiated-logout-bad-id-token-hint
    """,
    "oidcc-backchannel-rp-initiated-logout-certification-test-plan": """
        oidcc-backchannel-logout-discovery-endpoint-verification oidcc-backchannel-rp-initiated-logout
    """,
    "oidcc-frontchannel-rp-initiated-logout-certification-test-plan": """
        oidcc-frontchannel-logout-discovery-endpoint-verification oidcc-frontchannel-rp-initiated-logout
    """,
    "oidcc-session-management-certification-test-plan": """
        oidcc-session-management-discovery-endpoint-verification oidcc-session-management-rp-initiated-logout
    """,
}
every_plan = pytest.mark.parametrize("plan", PLANS)


@cache
def rows_of(plan: str) -> list[tuple[str, str, str]]:
    """Return the plan's rows: module, file, function."""
    _, *parts = _HEADING.split(TABLE.read_text(encoding="utf-8"))
    sections = dict(zip(parts[::2], parts[1::2], strict=True))
    return _ROW.findall(sections[plan].partition("\n## ")[0])


@cache
def functions_in(file: str) -> dict[str, set[str]]:
    """Return the tests of a file, each with the names of its parameters."""
    tree = ast.parse((ROOT / file).read_text(encoding="utf-8"))
    functions = [node for node in tree.body if isinstance(node, ast.FunctionDef)]
    return {node.name: {argument.arg for argument in node.args.args} for node in functions if node.name[:5] == "test_"}


@every_plan
def test_every_module_is_listed_once_and_in_its_order(plan: str) -> None:
    """As the Foundation lists them."""
    assert [module for module, _, _ in rows_of(plan)] == PLANS[plan].split()


@every_plan
def test_every_named_test_exists(plan: str) -> None:
    """In the file that the table names."""
    assert [row for row in rows_of(plan) if row[2] not in functions_in(row[1])] == []


@every_plan
def test_module_with_a_test_of_its_name_has_that_one(plan: str) -> None:
    """Others are grouped in a test with parameters, whose text names them."""
    for module, file, function in rows_of(plan):
        own = f"test_{module.replace('-', '_')}"
        assert function == own or own not in functions_in(file)
        assert function == own or module.split("-")[-1] in (ROOT / file).read_text(encoding="utf-8")


def test_form_post_plan_is_run_with_form_post() -> None:
    """The fixture that brings the mode is what the tests get, and it has both."""
    conftest = (ROOT / "tests/conformance/conftest.py").read_text(encoding="utf-8")
    assert '@pytest.fixture(params=["", "form_post"]' in conftest
    for _, file, function in rows_of("oidcc-formpost-basic-certification-test-plan"):
        assert "robot" in functions_in(file)[function]


def test_no_other_plan_is_listed() -> None:
    """A heading that is not checked would promise what nobody holds."""
    assert _HEADING.findall(TABLE.read_text(encoding="utf-8")) == list(PLANS)
