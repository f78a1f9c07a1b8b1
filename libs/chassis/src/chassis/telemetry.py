"""Structured logs (JSON lines on stdout), the trace that a request and its events share, and metrics."""

import logging
import re
import secrets
import sys
from collections.abc import MutableMapping
from contextvars import ContextVar
from typing import Any

import structlog
from prometheus_client import Counter, Gauge, Histogram

request_id: ContextVar[str | None] = ContextVar("request_id", default=None)
_trace: ContextVar[tuple[str, str] | None] = ContextVar("trace", default=None)
_SECRET = re.compile(r"eyJ[\w-]+\.eyJ[\w-]+\.[\w-]*|(?<=[?&]pass=)[^&#\s\"\\]+|(?<=[?&]token=)[^&#\s\"\\]+")
"""Any JWT, and what a query bears as pass or token."""
_TRACEPARENT = re.compile(r"^00-(?!0{32})([0-9a-f]{32})-(?!0{16})([0-9a-f]{16})-[0-9a-f]{2}$")

HTTP_SECONDS = Histogram("http_request_seconds", "Seconds to answer a request", ["service", "route", "status"])
EVENTS_HANDLED = Counter("events_handled_total", "Events by queue and what became of them", ["queue", "outcome"])
QUEUE_CONSUMERS = Gauge("queue_consumers", "Consumers that the broker counts, of all processes", ["queue"])
CONSUMERS_RESTARTED = Counter("consumers_restarted_total", "Times that consuming was begun anew", ["service"])
EVENTS_PUBLISHED = Counter("events_published_total", "Events confirmed by the broker", ["service"])
MAILS_GIVEN_UP = Counter("mails_given_up_total", "Mails that are tried no more", ["service", "kind"])
OUTBOX_UNSENT = Gauge("outbox_unsent", "Events committed and not yet published, counted up to 10,000", ["service"])


def follow(traceparent: str | None) -> None:
    """Join the trace of `traceparent` (W3C Trace Context), or begin one."""
    match = _TRACEPARENT.match(traceparent or "")
    _trace.set((match[1] if match else secrets.token_hex(16), secrets.token_hex(8)))


def traceparent() -> str | None:
    """The current trace, as the next hop should hear it; None outside of one."""
    trace = _trace.get()
    return f"00-{trace[0]}-{trace[1]}-01" if trace else None


def _add_context(_logger: Any, _method: str, line: MutableMapping[str, Any]) -> MutableMapping[str, Any]:
    if (current := request_id.get()) is not None:
        line["request_id"] = current
    if (trace := _trace.get()) is not None:
        line["trace_id"] = trace[0]
    return line


def _without_secrets(_logger: Any, _method: str, line: Any) -> str:
    """Last of all, on the line as it is written: wherever a secret came in, it does not go out."""
    return _SECRET.sub("[secret]", str(line))


def configure_logs(service: str, level: str) -> None:
    """One JSON object a line, from this code and from libraries alike."""

    def add_service(_logger: Any, _method: str, line: MutableMapping[str, Any]) -> MutableMapping[str, Any]:
        line["service"] = service
        return line

    shared: list[structlog.typing.Processor] = [
        structlog.stdlib.add_log_level,
        structlog.stdlib.add_logger_name,
        structlog.processors.TimeStamper(fmt="iso", utc=True),
        add_service,
        _add_context,
        structlog.processors.format_exc_info,
    ]
    structlog.configure(
        processors=[*shared, structlog.stdlib.ProcessorFormatter.wrap_for_formatter],
        logger_factory=structlog.stdlib.LoggerFactory(),
        cache_logger_on_first_use=True,
    )
    handler = logging.StreamHandler(sys.stdout)
    handler.setFormatter(
        structlog.stdlib.ProcessorFormatter(
            foreign_pre_chain=shared,
            processors=[
                structlog.stdlib.ProcessorFormatter.remove_processors_meta,
                structlog.processors.JSONRenderer(),
                _without_secrets,
            ],
        )
    )
    logging.basicConfig(level=level.upper(), handlers=[handler], force=True)
    for noisy in ("httpx", "aiormq", "aio_pika", "botocore", "aiobotocore"):
        logging.getLogger(noisy).setLevel(logging.WARNING)


def logger(name: str) -> structlog.stdlib.BoundLogger:
    """A logger; name it after its module."""
    log: structlog.stdlib.BoundLogger = structlog.stdlib.get_logger(name)
    return log
