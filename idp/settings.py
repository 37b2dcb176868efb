"""Settings: one TOML file and ``IDP_…`` environment variables, the latter winning.

Unknown keys and every other problem are reported together, before anything starts. The string under each field is its entry in
docs/settings.md, which a test holds complete.
"""

import os
import re
import tomllib
from fnmatch import fnmatchcase
from ipaddress import IPv4Network, IPv6Network, ip_network
from pathlib import Path
from typing import Any, Literal
from urllib.parse import SplitResult, urlsplit

from pydantic import BaseModel, ConfigDict, Field, ValidationError, ValidationInfo, field_validator

from idp.errors import ConfigurationError

Network = IPv4Network | IPv6Network
ENVIRONMENT_PREFIX = "IDP_"
_ADDRESS = re.compile(r"[A-Za-z0-9\-._~:/\[\]%]+")  # of RFC 3986, what neither query nor fragment nor user name needs


class Settings(BaseModel):
    """All that an operator can set; frozen once read."""

    model_config = ConfigDict(extra="forbid", frozen=True, use_attribute_docstrings=True)

    public_url: str = "http://localhost:8080"
    """Where browsers and applications reach the provider: https, or http on a loopback name. The issuer of a realm is this
    with `/realms/` and its name, so it should stay as it is. It may have a path, which the proxy then takes away."""

    publication_url: str | None = None
    """What stands before `/realms` in the addresses of revocation lists and authorities' certificates that issued certificates
    name; without it, `public_url`. Many verifiers fetch by plain http alone, so it is best an http address that leads here."""

    certificate_url: str = Field("https://{label}.cert.localhost:8443", validate_default=True)
    """Where browsers reach the certificate listener. `{label}` becomes a fresh random name for each attempt and needs
    wildcard DNS and a wildcard certificate; without it browsers remember a wrong choice until they are restarted."""

    database_url: str = "sqlite:///idp.sqlite3"
    """`sqlite:///path` (`sqlite:////path` for one that begins at the root) or `postgresql://user:password@host/database`.
    SQLite keeps short-lived state in a second file beside the first, with `.ephemeral` at the end of its name."""

    redis_url: str | None = None
    """Short-lived state (logins under way, codes, attempts, counters) goes to this Redis, `redis://host:6379/0`,
    `rediss://…` or `unix://…`; without it, to the database."""

    master_key_file: Path = Path("master.key")
    """File with the base64 of the 32-byte key under which private keys and secrets are encrypted at rest; further lines
    may hold former keys, which still decrypt."""

    smtp_url: str = "smtp://localhost:25"
    """`smtp://user:password@host:port` or `smtps://…`. `smtp` uses STARTTLS where the server offers it, and insists on it
    with `?starttls=required` or when a password would travel to another machine; `?starttls=off` never asks for it."""

    mail_from: str = "Countersign <no-reply@localhost>"
    """The From address of all mail."""

    trusted_proxies: tuple[Network, ...] = ()
    """Networks whose `X-Forwarded-For` and client-certificate headers count, such as `10.0.0.0/8`. Nobody's do by default."""

    client_certificate_source: Literal[
        "tls", "rfc9440", "nginx", "ingress-nginx", "apache", "haproxy", "envoy", "traefik", "caddy", "aws-alb"
    ] = "tls"
    """Who ends TLS for the certificate host: this server (`tls`), or a trusted proxy that sends the certificate in a header of
    the named format."""

    trusted_proxy_secret: str | None = Field(None, min_length=32, pattern="^[!-~]+$", repr=False)
    """What a trusted proxy has to send as `X-Proxy-Secret` beside its client-certificate header, or the header does not count:
    at least 32 characters without spaces, such as `openssl rand -hex 32` prints. Needed where `trusted_proxies` is a large network."""

    fetch_allowed_hosts: tuple[str, ...] = ()
    """Hosts, or `host:port`, with commas between them, whose addresses are fetched by plain http too, and wherever they are.
    All others (key sets, request objects, logout notices and the like that clients register) have to be https at an address of
    the open Internet that is not this machine's own. For applications in the same network or on the same machine."""

    fetch_ca_file: Path | None = None
    """PEM file of further authorities whose server certificates count when something is fetched, beside the system's."""

    dpop_nonce_required: bool = False
    """Every DPoP proof has to hold a nonce of ours, which costs clients a second request every five minutes. Clients under the
    profile `fapi2` always need one."""

    themes_dir: Path | None = None
    """A folder of themes, `<theme>/{login,account,email,resources}/`; a file found here wins over the built-in one, and what a
    theme lacks comes from the theme `default`."""

    host: str = "127.0.0.1"
    """Address that the public, certificate and management ports listen on."""

    port: int = Field(8080, ge=0, le=65535)
    """The public port (plain HTTP: TLS for it is the proxy's work)."""

    certificate_port: int = Field(8443, ge=0, le=65535)
    """The certificate listener's port: TLS, unless `client_certificate_source` names a proxy's header."""

    management_port: int = Field(9000, ge=0, le=65535)
    """The port of `/health/…` and `/metrics`; not for the public."""

    certificate_tls_certificate_file: Path | None = None
    """PEM chain of the certificate listener's own server certificate; read again when it changes."""

    certificate_tls_key_file: Path | None = None
    """PEM private key of the certificate listener's server certificate."""

    certificate_tls_minimum: Literal["1.2", "1.3"] = "1.3"
    """The lowest TLS version of the certificate listener. TLS 1.2 sends client certificates in the clear."""

    argon2_memory_kib: int = Field(19456, ge=8192)
    """Argon2id memory per password hash, in KiB. Old hashes are upgraded at the next sign-in."""

    argon2_iterations: int = Field(2, ge=1)
    """Argon2id passes."""

    argon2_lanes: int = Field(1, ge=1, le=16)
    """Argon2id lanes."""

    log_level: Literal["debug", "info", "warning", "error"] = "info"
    """The least severe log lines that are written."""

    log_format: Literal["console", "json"] = "json"
    """`json`: one object a line; `console`: for reading in a terminal."""

    @field_validator("public_url")
    @classmethod
    def _public_url_is_an_address(cls, value: str) -> str:
        parts = _split_address(value)
        if parts.scheme not in {"http", "https"}:
            raise ValueError("must begin with https:// or http://")
        if parts.scheme == "http" and not is_loopback_name(parts.hostname or ""):
            raise ValueError("must be https unless the host is a loopback name")
        return value.rstrip("/")

    @field_validator("publication_url")
    @classmethod
    def _publication_url_is_an_address(cls, value: str | None) -> str | None:
        if value is not None and _split_address(value).scheme not in {"http", "https"}:
            raise ValueError("must begin with http:// or https://")
        return value and value.rstrip("/")

    @field_validator("certificate_url")
    @classmethod
    def _certificate_url_is_an_origin(cls, value: str) -> str:
        parts = _split_address(value.replace("{label}", "label", 1))
        if parts.scheme != "https" or parts.path.strip("/"):
            raise ValueError("must be an https URL without a path")
        if "{label}" in value and not value.startswith("https://{label}."):
            raise ValueError("{label} must be the first name of the host")
        return value.rstrip("/")

    @field_validator("certificate_url")
    @classmethod
    def _certificate_host_is_apart(cls, value: str, info: ValidationInfo) -> str:
        public_host = urlsplit(info.data.get("public_url", "")).hostname or ""
        pattern = urlsplit(value.replace("{label}", "*")).hostname or ""
        if fnmatchcase(public_host, pattern):
            raise ValueError("must have another host than public_url, which its wildcard certificate must not cover")
        return value

    @field_validator("trusted_proxies", mode="before")
    @classmethod
    def _read_networks(cls, value: Any) -> Any:
        parts = value.split(",") if isinstance(value, str) else value
        try:
            return [ip_network(text) for part in parts if (text := str(part).strip())]
        except (ValueError, TypeError):
            raise ValueError("must be networks such as 10.0.0.0/8, with commas between them") from None

    @field_validator("trusted_proxies")
    @classmethod
    def _trust_is_not_everybody(cls, value: tuple[Network, ...]) -> tuple[Network, ...]:
        if any(network.prefixlen == 0 for network in value):
            raise ValueError("must not trust every address")
        return value

    @field_validator("client_certificate_source")
    @classmethod
    def _header_has_a_trusted_source(cls, value: str, info: ValidationInfo) -> str:
        if value != "tls" and info.data.get("trusted_proxies") == ():
            raise ValueError("names a proxy's header, but trusted_proxies is empty")
        return value

    @field_validator("fetch_allowed_hosts", mode="before")
    @classmethod
    def _read_hosts(cls, value: Any) -> Any:
        parts = value.split(",") if isinstance(value, str) else value
        try:
            hosts = [text for part in parts if (text := str(part).strip().lower())]
        except TypeError:
            hosts = [""]
        if not all(map(_is_host, hosts)):
            raise ValueError("must be host names such as app.internal or app.internal:8443, with commas between them")
        return hosts

    @property
    def secure(self) -> bool:
        """Whether browsers reach us over https, so that cookies can be `__Host-` and Secure."""
        return self.public_url.startswith("https://")

    @property
    def published_at(self) -> str:
        """What stands before ``/realms`` in the addresses that certificates name."""
        return self.publication_url or self.public_url

    @property
    def mutual_tls_url(self) -> str:
        """Where applications show their certificates: a name of its own, or the certificate host where it has only one."""
        return self.certificate_url.replace("{label}", "mtls")

    @property
    def certificate_origin_pattern(self) -> str:
        """The certificate host as a Content-Security-Policy source, with a wildcard for the label."""
        return self.certificate_url.replace("{label}", "*")


def _split_address(value: str) -> SplitResult:
    parts = urlsplit(value)
    port = parts.port  # raises ValueError for what is none
    host = parts.hostname or "."
    if not _ADDRESS.fullmatch(value) or host.endswith(".") or "@" in parts.netloc or port == 0:
        raise ValueError(
            "must be a URL in plain characters, without user name, query, fragment or a dot after its host"
        )
    return parts


def _is_host(text: str) -> bool:
    try:
        parts = _split_address(f"https://{text}")
    except ValueError:
        return False
    return parts.netloc == text and not text.endswith(":") and "%" not in text


def is_loopback_name(host: str) -> bool:
    """Tell whether *host* is localhost, a name under it, or a loopback address (RFC 6761 section 6.3)."""
    return host == "localhost" or host.endswith(".localhost") or host in {"127.0.0.1", "::1"}


def read_settings(file: Path | None = None, environ: dict[str, str] | None = None, **overrides: Any) -> Settings:
    """Read settings from *file*, then the environment, then *overrides*; raise `ConfigurationError`."""
    values = _read_toml(file) if file else {}
    values |= _read_environment(dict(os.environ) if environ is None else environ)
    values |= {name: value for name, value in overrides.items() if value is not None}
    try:
        return Settings(**values)
    except ValidationError as error:
        raise ConfigurationError(*(_describe(problem) for problem in error.errors())) from error


def _read_toml(file: Path) -> dict[str, Any]:
    try:
        return tomllib.loads(file.read_text(encoding="utf-8"))
    except OSError as error:
        raise ConfigurationError(f"{file}: {error.strerror}") from error
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise ConfigurationError(f"{file}: {error}") from error


def _read_environment(environ: dict[str, str]) -> dict[str, Any]:
    return {
        name.removeprefix(ENVIRONMENT_PREFIX).lower(): value
        for name, value in environ.items()
        # Set to nothing, as container files do, is not set.
        if name.startswith(ENVIRONMENT_PREFIX) and not name.startswith(("IDP_TEST_", "IDP_DEMO_")) and value
    }


def _describe(problem: Any) -> str:
    name = str(problem["loc"][0])
    if problem["type"] == "extra_forbidden":
        return f"{name}: there is no such setting"
    return f"{name}: {str(problem['msg']).removeprefix('Value error, ')}"
