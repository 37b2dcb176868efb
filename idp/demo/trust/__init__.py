"""Put the demo's TLS root into the user's own trust stores, and take exactly that out again.

The root has a name of its own and may speak for localhost alone (`idp/demo/tls.py`); nothing system-wide is touched.

    nss.py      Linux: Chromium's shared database and the profiles of Firefox, by NSS's certutil
    macos.py    the login keychain, by security
    windows.py  the user's Root store, by certutil.exe
"""

import sys
from collections.abc import Callable
from pathlib import Path

from idp.clock import SystemClock
from idp.demo.data_folder import DataFolder
from idp.demo.tls import ensure_root, read_root
from idp.demo.trust.outcome import Outcome
from idp.demo.trust.root import Root

Change = Callable[[Root, bool], list[Outcome]]


def change_trust(data: Path, *, remove: bool, platform: str = sys.platform) -> list[Outcome]:
    """Trust the root in the demo's folder *data* (made where there is none), or *remove* it; return what was done.

    Raises `ConfigurationError` where the folder cannot be used or the platform's tool is missing.
    """
    folder = DataFolder(data)
    if remove:
        certificate = read_root(folder.tls)
        if certificate is None:
            return [Outcome(str(folder.path), "has no TLS root, so there is nothing to take out")]
    else:
        folder.prepare()
        certificate = ensure_root(folder.tls, SystemClock().now())
    return _change_for(platform)(Root(certificate, folder.tls.root), remove)


def _change_for(platform: str) -> Change:
    if platform == "darwin":
        from idp.demo.trust.macos import change
    elif platform == "win32":
        from idp.demo.trust.windows import change
    else:
        from idp.demo.trust.nss import change
    return change
