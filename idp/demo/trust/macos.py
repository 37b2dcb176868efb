"""macOS: the user's login keychain. Safari and Chrome read it, and Firefox takes over what the user added there."""

from pathlib import Path

from idp.demo.trust.outcome import Outcome
from idp.demo.trust.root import Root
from idp.demo.trust.tool import ToolFailed, run_tool

_SECURITY = "/usr/bin/security"


def change(root: Root, remove: bool) -> list[Outcome]:
    """Trust *root* for TLS servers, or take it out; macOS asks the user for the password itself."""
    keychain = str(Path.home() / "Library/Keychains/login.keychain-db")
    try:
        for command in build_commands(root, keychain, remove=remove):
            run_tool(command, interactive=True)
    except ToolFailed as error:
        return [Outcome("login keychain", f"could not be changed: {error}", failed=True)]
    return [Outcome("login keychain", f"{'no longer' if remove else 'now'} trusts {root.name}")]


def build_commands(root: Root, keychain: str, *, remove: bool) -> list[list[str]]:
    """Return the calls of security(1) that trust *root*, or that take out the trust and the certificate."""
    file = str(root.file)
    if remove:
        return [
            [_SECURITY, "remove-trusted-cert", file],
            [_SECURITY, "delete-certificate", "-Z", root.sha1, keychain],
        ]
    return [[_SECURITY, "add-trusted-cert", "-r", "trustRoot", "-p", "ssl", "-k", keychain, file]]
