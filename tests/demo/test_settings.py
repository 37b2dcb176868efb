"""The demo's settings: its own, unless an option or the environment says otherwise."""

from pathlib import Path

import pytest

from idp.demo.data_folder import DataFolder
from idp.demo.options import DemoOptions
from idp.demo.ports import Ports
from idp.demo.settings import build_settings
from idp.errors import ConfigurationError
from idp.serving.sockets import PortTaken


def test_addresses_follow_the_ports(tmp_path: Path) -> None:
    """Public address, certificate host and mail server are on the ports that were asked for."""
    options = DemoOptions(port=81, certificate_port=82, management_port=83, app_port=85, mail_port=84)
    settings = build_settings(options, DataFolder(tmp_path), {})
    assert settings.public_url == "http://localhost:81"
    assert settings.certificate_url == "https://{label}.cert.localhost:82"
    assert settings.management_port == 83
    assert settings.smtp_url == "smtp://127.0.0.1:84"
    assert settings.fetch_allowed_hosts == ("localhost:85",)


def test_without_options_the_contract_holds(tmp_path: Path) -> None:
    """The addresses that scripts and people know."""
    settings = build_settings(DemoOptions(), DataFolder(tmp_path), {})
    assert settings.public_url == "http://localhost:8080"
    assert settings.certificate_url == "https://{label}.cert.localhost:8443"
    assert settings.database_url == f"sqlite:///{tmp_path}/idp.sqlite3"
    assert DemoOptions().app_url == "http://localhost:3000"
    assert DemoOptions().mailbox_url == "http://localhost:8025"


def test_environment_wins_over_the_demo(tmp_path: Path) -> None:
    """The demo runs on PostgreSQL and Redis when their URLs are set; a port option wins even over the environment."""
    environ = {"IDP_DATABASE_URL": "postgresql://h/d", "IDP_REDIS_URL": "redis://h", "IDP_PORT": "91"}
    settings = build_settings(DemoOptions(), DataFolder(tmp_path), environ)
    assert (settings.database_url, settings.redis_url) == ("postgresql://h/d", "redis://h")
    assert settings.public_url == "http://localhost:91"
    assert build_settings(DemoOptions(port=92), DataFolder(tmp_path), environ).public_url == "http://localhost:92"


def test_wrong_environment_is_refused(tmp_path: Path) -> None:
    """As everywhere else: unknown names and wrong values together."""
    with pytest.raises(ConfigurationError) as refusal:
        build_settings(DemoOptions(), DataFolder(tmp_path), {"IDP_PORT": "many", "IDP_COLOUR": "red"})
    assert len(refusal.value.problems) == 2


def test_two_listeners_on_one_port_are_refused(tmp_path: Path) -> None:
    """The line names both options."""
    options = DemoOptions(app_port=8080)
    settings = build_settings(options, DataFolder(tmp_path), {})
    with pytest.raises(ConfigurationError, match="--port and --app-port both say 8080"):
        Ports(settings, options)


def test_taken_port_is_told_with_its_option(tmp_path: Path) -> None:
    """What to type is in the line."""
    options = DemoOptions()
    ports = Ports(build_settings(options, DataFolder(tmp_path), {}), options)
    with pytest.raises(ConfigurationError, match=r"port 3000 is taken .* --app-port"), ports.naming_options():
        raise PortTaken(3000)
