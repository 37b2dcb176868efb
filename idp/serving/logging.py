"""Log lines as events with fields, on standard error: JSON for machines, or one line for people. Secrets never.

What goes through the standard library's `logging` (uvicorn, SQLAlchemy, …) takes the same way as our own.
"""

import logging
import sys
from typing import Literal

import structlog
from structlog.typing import Processor

from idp.serving.masking import mask_secrets

# Below these levels they write whole tokens, request bodies or one line for every packet.
_QUIET = {
    "authlib": logging.INFO,
    "asyncio": logging.WARNING,
    "httpcore": logging.WARNING,
    "httpcore2": logging.WARNING,
    "httpx": logging.WARNING,
    "httpx2": logging.WARNING,
    "mail": logging.WARNING,
    "python_multipart": logging.INFO,
    "alembic": logging.WARNING,
}


def configure_logging(level: str, style: Literal["console", "json"]) -> None:
    """Write log lines of at least *level* (debug, info, warning or error) in *style*."""
    number = logging.getLevelNamesMapping()[level.upper()]
    shared = _shared_processors()
    renderer = _renderer(style)
    structlog.configure(
        processors=[structlog.contextvars.merge_contextvars, *shared, *renderer],
        wrapper_class=structlog.make_filtering_bound_logger(number),
        logger_factory=structlog.WriteLoggerFactory(sys.stderr),
        cache_logger_on_first_use=True,
    )
    _route_standard_library(number, shared, renderer)


def _shared_processors() -> list[Processor]:
    return [
        structlog.processors.add_log_level,
        structlog.processors.TimeStamper(fmt="iso", utc=True),
        structlog.processors.StackInfoRenderer(),
    ]


def _renderer(style: Literal["console", "json"]) -> list[Processor]:
    # Tracebacks without the values of local variables, and as text, so that masking reaches them too.
    exceptions: Processor = structlog.processors.format_exc_info
    if style == "json":
        return [exceptions, mask_secrets, structlog.processors.JSONRenderer(default=str)]
    colors = sys.stderr.isatty()
    return [exceptions, mask_secrets, structlog.dev.ConsoleRenderer(colors=colors, pad_event_to=0)]


def _route_standard_library(level: int, shared: list[Processor], renderer: list[Processor]) -> None:
    formatter = structlog.stdlib.ProcessorFormatter(
        foreign_pre_chain=[structlog.stdlib.add_logger_name, *shared],
        processors=[structlog.stdlib.ProcessorFormatter.remove_processors_meta, *renderer],
    )
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(formatter)
    root = logging.getLogger()
    root.handlers[:] = [handler]
    root.setLevel(level)
    for name in ("uvicorn", "uvicorn.error", "uvicorn.access", "uvicorn.asgi"):
        logger = logging.getLogger(name)
        logger.handlers.clear()
        logger.propagate = True
    for name, least in _QUIET.items():
        logging.getLogger(name).setLevel(max(least, level))
    logging.captureWarnings(True)
