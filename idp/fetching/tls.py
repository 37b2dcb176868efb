"""How servers prove that they are the host that was named (RFC 9525)."""

import ssl
from pathlib import Path


def build_tls_context(ca_file: Path | None) -> ssl.SSLContext:
    """Return a client's context that trusts the system's authorities and those in *ca_file*; raise `OSError`."""
    context = ssl.create_default_context()
    if ca_file is not None:
        context.load_verify_locations(ca_file)
    context.set_alpn_protocols(["http/1.1"])
    return context
