"""`idp serve`: run the provider."""

from idp.cli.workbench import ConfigOption


def serve(config: ConfigOption = None) -> None:
    """Run the provider: public port, certificate listener, management port, mail.

    Refuses to start while the master key, the tables or the TLS files are not right.
    """
    from idp.settings import read_settings

    settings = read_settings(config)
    from idp.serving.preflight import verify_all

    verify_all(settings)
    from idp.app import create_app
    from idp.serving.logging import configure_logging
    from idp.serving.run import serve_provider

    configure_logging(settings.log_level, settings.log_format)
    serve_provider(create_app(settings))
