"""Settings: where they come from, which one wins, and that every problem is told before anything starts."""

from ipaddress import ip_network
from pathlib import Path

import pytest
from pydantic import ValidationError

from idp.errors import ConfigurationError
from idp.settings import Settings, is_loopback_name, read_settings


def read(toml: str = "", directory: Path | None = None, **environ: str) -> Settings:
    """Read settings from text and from IDP_ variables given without their prefix."""
    file = None
    if toml and directory is not None:
        file = directory / "idp.toml"
        file.write_text(toml, encoding="utf-8")
    return read_settings(file, {f"IDP_{name.upper()}": value for name, value in environ.items()})


def problems_of(toml: str = "", directory: Path | None = None, **environ: str) -> list[str]:
    """Return the names of the settings that are refused, sorted."""
    with pytest.raises(ConfigurationError) as refused:
        read(toml, directory, **environ)
    return sorted(problem.partition(":")[0] for problem in refused.value.problems)


def test_settings_without_anything_are_the_defaults() -> None:
    """A first try needs no file."""
    assert read() == Settings()
    assert Settings().public_url == "http://localhost:8080"


def test_environment_wins_over_file_and_argument_over_both(tmp_path: Path) -> None:
    """In this order, each setting for itself."""
    file = tmp_path / "idp.toml"
    file.write_text('port = 1001\ncertificate_port = 1002\nmanagement_port = 1003\nlog_level = "debug"\n')
    settings = read_settings(
        file, {"IDP_CERTIFICATE_PORT": "2002", "IDP_MANAGEMENT_PORT": "2003"}, management_port=3003
    )

    assert (settings.port, settings.certificate_port, settings.management_port) == (1001, 2002, 3003)
    assert settings.log_level == "debug"


def test_variables_of_others_do_not_matter() -> None:
    """Only those with our prefix are ours, and those of the tests and of the demo are theirs."""
    environ = {"PATH": "/bin", "PORT": "1", "XIDP_PORT": "2", "IDP_TEST_REQUIRE_SERVICES": "1", "IDP_DEMO_X": "1"}

    assert read_settings(None, environ) == Settings()


def test_all_problems_are_told_together(tmp_path: Path) -> None:
    """From file and environment, unknown names, single settings, and settings that contradict each other."""
    toml = 'prot = 8080\nport = 99999\n[realm]\nname = "x"\n'
    found = problems_of(
        toml,
        tmp_path,
        log_level="loud",
        argon2_memory_kib="1",
        certificate_url="https://localhost:9443",
        client_certificate_source="nginx",
        databse_url="x",
    )

    assert found == [
        "argon2_memory_kib",
        "certificate_url",
        "client_certificate_source",
        "databse_url",
        "log_level",
        "port",
        "prot",
        "realm",
    ]


def test_unknown_setting_is_called_so() -> None:
    """In words, not in the library's."""
    with pytest.raises(ConfigurationError) as refused:
        read(prot="1")

    assert refused.value.problems == ("prot: there is no such setting",)


def test_values_stay_out_of_the_problems() -> None:
    """A setting may hold a password, and problems end up in logs."""
    with pytest.raises(ConfigurationError) as refused:
        read(
            public_url="http://user:s3cret@idp.example.org", log_level="s3cret", trusted_proxies="s3cret", port="s3cret"
        )

    assert len(refused.value.problems) == 4
    assert "s3cret" not in str(refused.value)


@pytest.mark.parametrize(
    ("content", "told"),
    [(b"port = ", "idp.toml"), (b"\xff\xfe", "idp.toml"), (b"port = 1\nport = 2\n", "idp.toml"), (b"= 1", "idp.toml")],
)
def test_file_that_is_no_toml_is_named(tmp_path: Path, content: bytes, told: str) -> None:
    """One line, with the file's name."""
    file = tmp_path / "idp.toml"
    file.write_bytes(content)

    with pytest.raises(ConfigurationError, match=told):
        read_settings(file, {})


def test_file_that_is_not_there_is_named(tmp_path: Path) -> None:
    """A path given by mistake is not taken for "no settings"; nor is a folder."""
    for path in (tmp_path / "missing.toml", tmp_path):
        with pytest.raises(ConfigurationError, match=path.name):
            read_settings(path, {})


@pytest.mark.parametrize("url", ["https://idp.example.org", "https://idp.example.org/", "https://idp.example.org/sso",
                                 "http://localhost:8080", "http://127.0.0.1:1", "http://[::1]", "http://idp.localhost"])  # fmt: skip
def test_public_url_is_accepted(url: str) -> None:
    """https anywhere, http on this machine; a slash at the end is dropped."""
    assert read(public_url=url).public_url == url.rstrip("/")


@pytest.mark.parametrize(
    "url",
    ["idp.example.org", "http://idp.example.org", "ftp://idp.example.org", "https://", "https:///x", "https://a?x=1",
     "https://a#x", "http://localhost.example.org", "http://[::1", "https://user@idp.example.org", "https://a:99999",
     "http://0.0.0.0:8080", "https://a b", "https://idp.example.org/\n", "https://idp.example.org./", "https://."],
)  # fmt: skip
def test_public_url_that_is_none_is_refused(url: str) -> None:
    """It becomes the issuer, and a part of every address."""
    assert "public_url" in problems_of(public_url=url)


@pytest.mark.parametrize(
    "url", ["https://{label}.x509.example.org", "https://{label}.cert.localhost:8443", "https://x509.example.org:8443/"]
)
def test_certificate_url_is_accepted(url: str) -> None:
    """With or without fresh names, with or without a port."""
    assert read(certificate_url=url).certificate_url == url.rstrip("/")


@pytest.mark.parametrize(
    "url",
    ["http://{label}.x509.example.org", "https://{label}", "https://x509.{label}.example.org", "https://a{label}.b.org",
     "https://x509.example.org/{label}", "https://{label}.example.org/path", "https://{label}.example.org?x",
     "https://{label}.{label}.example.org", "https://{name}.example.org", "https://u@{label}.example.org",
     "https://{label}.example.org:99999", "https://{label}.example.org#x"],
)  # fmt: skip
def test_certificate_url_that_is_none_is_refused(url: str) -> None:
    """TLS is what it is for, and the label is a whole name at its beginning."""
    assert problems_of(certificate_url=url) == ["certificate_url"]


@pytest.mark.parametrize(
    ("public", "certificate"),
    [
        ("https://idp.example.org", "https://idp.example.org:8443"),
        ("https://IDP.example.org", "https://idp.EXAMPLE.org:8443"),
        ("https://idp.x509.example.org", "https://{label}.x509.example.org"),
        ("http://localhost:8080", "https://localhost:8443"),
    ],
)
def test_certificate_host_that_is_or_covers_the_login_host_is_refused(public: str, certificate: str) -> None:
    """A browser would share cookies with it, or one HTTP/2 connection, and then ask for no certificate."""
    assert problems_of(public_url=public, certificate_url=certificate) == ["certificate_url"]


def test_default_certificate_host_is_compared_as_well() -> None:
    """A problem may lie between a setting that was given and one that was not."""
    assert problems_of(public_url="https://idp.cert.localhost") == ["certificate_url"]


@pytest.mark.parametrize("text", ["10.0.0.0/8, 2001:db8::/32", "10.0.0.0/8,,2001:db8::/32,"])
def test_trusted_proxies_are_read_from_one_variable(text: str) -> None:
    """Networks with commas between them."""
    assert read(trusted_proxies=text).trusted_proxies == (ip_network("10.0.0.0/8"), ip_network("2001:db8::/32"))


def test_trusted_proxies_are_read_from_a_list(tmp_path: Path) -> None:
    """Or from TOML; an address is a network of one."""
    assert read('trusted_proxies = ["192.0.2.7"]', tmp_path).trusted_proxies == (ip_network("192.0.2.7/32"),)


@pytest.mark.parametrize("text", ["0.0.0.0/0", "::/0", "10.0.0.1/8", "proxy.example.org", "10.0.0.0/33", "*", "all"])
def test_trust_in_everybody_or_nobody_known_is_refused(text: str) -> None:
    """Their headers say who somebody is."""
    assert problems_of(trusted_proxies=f"192.0.2.1,{text}") == ["trusted_proxies"]


def test_header_source_without_trusted_proxy_is_refused() -> None:
    """Nobody's header would count, so nobody could sign in with a certificate."""
    assert problems_of(client_certificate_source="rfc9440") == ["client_certificate_source"]
    assert read(client_certificate_source="rfc9440", trusted_proxies="192.0.2.1").client_certificate_source == "rfc9440"


@pytest.mark.parametrize(
    ("name", "value"),
    [("port", "-1"), ("port", "65536"), ("port", "http"), ("port", "1.5"), ("argon2_iterations", "0"),
     ("argon2_lanes", "17"), ("argon2_memory_kib", "8191"), ("log_level", "INFO"), ("log_format", "xml"),
     ("certificate_tls_minimum", "1.1"), ("client_certificate_source", "header")],
)  # fmt: skip
def test_value_out_of_range_is_refused(name: str, value: str) -> None:
    """With the name of the setting."""
    assert problems_of(**{name: value}) == [name]


def test_empty_variable_is_no_setting() -> None:
    """A variable that a container file sets to nothing means the same as one that is not there."""
    assert read(redis_url="", themes_dir="", port="") == Settings()


def test_settings_are_frozen() -> None:
    """They are shared by every thread."""
    with pytest.raises(ValidationError):
        Settings().port = 1  # type: ignore[misc]


def test_secure_follows_public_url() -> None:
    """https means Secure cookies under their prefix."""
    assert read(public_url="https://idp.example.org").secure
    assert not read().secure


def test_origin_pattern_covers_every_label_and_no_more() -> None:
    """For the Content-Security-Policy of the login pages."""
    assert read().certificate_origin_pattern == "https://*.cert.localhost:8443"
    assert read(certificate_url="https://x509.example.org").certificate_origin_pattern == "https://x509.example.org"


@pytest.mark.parametrize(
    ("host", "loopback"),
    [("localhost", True), ("a.localhost", True), ("127.0.0.1", True), ("::1", True), ("localhost.example.org", False),
     ("notlocalhost", False), ("127.0.0.1.example.org", False), ("0.0.0.0", False), ("", False)],
)  # fmt: skip
def test_loopback_names_are_known(host: str, *, loopback: bool) -> None:
    """RFC 6761 section 6.3."""
    assert is_loopback_name(host) is loopback


def test_hosts_that_may_be_fetched_are_plain_names() -> None:
    """With commas or as a list, in lower case, with a port or without; nobody by default."""
    hosts = ("app.internal", "localhost:8443", "[::1]:9443", "10.0.0.1")
    assert Settings().fetch_allowed_hosts == ()
    assert read(fetch_allowed_hosts="App.internal, localhost:8443,[::1]:9443,,10.0.0.1 ").fetch_allowed_hosts == hosts
    assert Settings(fetch_allowed_hosts=list(hosts)).fetch_allowed_hosts == hosts


@pytest.mark.parametrize(
    "hosts", ["https://a.example", "a.example/x", "u@a.example", "a:b", "a:", "a:0", "*", "a b", "ä.example"]
)
def test_hosts_that_may_be_fetched_are_refused_otherwise(hosts: str) -> None:
    """Addresses, patterns and what would never match are mistakes."""
    assert problems_of(fetch_allowed_hosts=hosts) == ["fetch_allowed_hosts"]


def test_applications_show_certificates_at_a_name_of_their_own() -> None:
    """Or at the certificate host's only one."""
    assert (
        Settings(certificate_url="https://{label}.x509.example:8443").mutual_tls_url == "https://mtls.x509.example:8443"
    )
    assert Settings(certificate_url="https://x509.example").mutual_tls_url == "https://x509.example"


def test_addresses_in_certificates_are_the_public_ones_unless_set() -> None:
    assert read(public_url="https://idp.example").published_at == "https://idp.example"
    assert read(publication_url="http://pki.example/").published_at == "http://pki.example"


@pytest.mark.parametrize(
    "address", ["ldap://pki.example", "pki.example", "http://a@pki.example", "http://pki.example/?a"]
)
def test_publication_url_that_nobody_can_fetch_is_refused(address: str) -> None:
    assert problems_of(publication_url=address) == ["publication_url"]
