"""Run the demo: prepare the folder, plant the data, serve until Ctrl-C."""

from errno import EADDRINUSE

from starlette.applications import Starlette

from idp.app import create_app
from idp.demo.data_folder import DataFolder
from idp.demo.mailbox import Mailbox, build_mailbox
from idp.demo.options import DemoOptions
from idp.demo.ports import Ports
from idp.demo.prepare import plant, prepare_files, reset_data
from idp.demo.samples import build_samples
from idp.demo.seed import DEMO, build_applications
from idp.demo.settings import build_settings
from idp.demo.summary import print_summary
from idp.serving.listener import build_http_server
from idp.serving.logging import configure_logging
from idp.serving.run import serve_provider
from idp.serving.sockets import PortTaken


def run_demo(options: DemoOptions, *, reset: bool = False) -> None:
    """Serve the demo until SIGINT or SIGTERM; raise `ConfigurationError` for what the person can put right."""
    folder = DataFolder(options.data)
    settings = build_settings(options, folder)
    ports = Ports(settings, options)
    folder.prepare()
    with folder.lock(), ports.naming_options():
        configure_logging(settings.log_level, settings.log_format)
        if reset:
            reset_data(settings, folder)
        prepare_files(settings, folder)
        app = create_app(settings)
        plant(app.state.services, build_applications(options))
        mailbox = build_mailbox(folder.path)
        try:
            _serve(app, mailbox, options)
        finally:
            mailbox.stop()
    print("stopped", flush=True)


def _serve(app: Starlette, mailbox: Mailbox, options: DemoOptions) -> None:
    settings = app.state.services.settings
    applications = build_applications(options)
    samples = build_samples(f"{settings.public_url}/realms/{DEMO}", *applications)
    _start_smtp(mailbox, settings.host, options.mail_port)
    serve_provider(
        app,
        more_servers=[
            build_http_server(samples, host=settings.host, port=options.app_port),
            build_http_server(mailbox.app, host=settings.host, port=options.mailbox_port),
        ],
        on_ready=lambda: print_summary(settings, options, applications),
    )


def _start_smtp(mailbox: Mailbox, host: str, port: int) -> None:
    try:
        mailbox.start_smtp(host, port)
    except OSError as error:
        if error.errno == EADDRINUSE:
            raise PortTaken(port) from error
        raise
