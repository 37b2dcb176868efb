"""Windows: the user's Root store. Edge and Chrome read it, and Firefox takes over what the user added there."""

from idp.demo.trust.outcome import Outcome
from idp.demo.trust.root import Root
from idp.demo.trust.tool import ToolFailed, run_tool

_STORE = "Trusted Root Certification Authorities of this user"


def change(root: Root, remove: bool) -> list[Outcome]:
    """Trust *root*, or take it out; Windows asks the user to confirm."""
    try:
        run_tool(build_command(root, remove=remove), interactive=True)
    except ToolFailed as error:
        return [Outcome(_STORE, f"could not be changed: {error}", failed=True)]
    return [Outcome(_STORE, f"{'no longer hold' if remove else 'now hold'} {root.name}")]


def build_command(root: Root, *, remove: bool) -> list[str]:
    """Return the call of certutil.exe (Microsoft's, not NSS's) that adds *root* or deletes it by its thumbprint."""
    if remove:
        return ["certutil.exe", "-user", "-delstore", "Root", root.sha1]
    return ["certutil.exe", "-user", "-addstore", "Root", str(root.file)]
