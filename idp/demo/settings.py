"""The provider's settings in the demo: what it needs to run by itself, unless a port option or the environment says otherwise."""

import os
from collections.abc import Mapping
from typing import Any

from idp.demo.data_folder import DataFolder
from idp.demo.options import DemoOptions
from idp.settings import ENVIRONMENT_PREFIX, Settings, read_settings


def build_settings(options: DemoOptions, folder: DataFolder, environ: Mapping[str, str] | None = None) -> Settings:
    """Return the settings for a demo in *folder*; raise `ConfigurationError`."""
    environment = dict(os.environ if environ is None else environ)
    ports = {name: getattr(options, name) for name in ("port", "certificate_port", "management_port")}
    wanted = read_settings(environ=environment, **ports)
    defaults = {
        name: value
        for name, value in _defaults(wanted, options, folder).items()
        if f"{ENVIRONMENT_PREFIX}{name.upper()}" not in {known.upper() for known in environment}
    }
    return read_settings(environ=environment, **ports, **defaults)


def _defaults(wanted: Settings, options: DemoOptions, folder: DataFolder) -> dict[str, Any]:
    return {
        "public_url": f"http://localhost:{wanted.port}",
        "certificate_url": f"https://{{label}}.cert.localhost:{wanted.certificate_port}",
        "database_url": f"sqlite:///{folder.database}",
        "master_key_file": folder.master_key,
        "fetch_allowed_hosts": [f"localhost:{options.app_port}"],
        "smtp_url": f"smtp://127.0.0.1:{options.mail_port}",
        "certificate_tls_certificate_file": folder.tls.server,
        "certificate_tls_key_file": folder.tls.server_key,
        "log_level": "warning",
        "log_format": "console",
    }
