"""A RabbitMQ node of our own beside any other: own Erlang cookie, own epmd, nothing but 127.0.0.1."""

import signal
from collections.abc import Mapping
from pathlib import Path

import aio_pika

from local_stack import binaries, probes
from local_stack.places import State
from local_stack.processes import Part

USER = "tempages"
CALM = "+sbwt none +sbwtdcpu none +sbwtdio none"
"""Schedulers that have nothing to do sleep at once instead of spinning."""


def url(port: int, password: str) -> str:
    return f"amqp://{USER}:{password}@127.0.0.1:{port}/"


def epmd(ports: Mapping[str, int]) -> Part:
    """Erlang's port mapper. Without one of ours the node would start one on all addresses, and leave it there."""
    command = [str(binaries.erlang() / "epmd"), "-address", "127.0.0.1", "-port", str(ports["epmd"])]
    return Part(
        name="epmd",
        command=command,
        env=binaries.library_path("rabbitmq-server"),
        ready=probes.epmd(ports["epmd"]),
        ports=(ports["epmd"],),
        grace=2,
    )


def part(state: State, ports: Mapping[str, int], secrets: Mapping[str, str]) -> Part:
    amqp = url(ports["amqp"], secrets["amqp"])

    async def prepare() -> None:
        _write_files(state, secrets)

    async def ready() -> None:
        async with await aio_pika.connect(amqp, timeout=5) as connection:
            await connection.channel()

    return Part(
        name="rabbitmq",
        command=[str(binaries.rabbitmq()), "-noinput"],
        env=_environment(state, ports),
        ready=probes.all_of(probes.listens(ports["amqp"]), ready),
        needs=("epmd",),
        prepare=prepare,
        ports=(ports["amqp"], ports["amqp_distribution"]),
        stop_signal=signal.SIGTERM,
        grace=15,
    )


def _write_files(state: State, secrets: Mapping[str, str]) -> None:
    home = state.folder("rabbitmq")
    _write_cookie(home / ".erlang.cookie", secrets["erlang_cookie"])
    (home / "rabbitmq.conf").write_text(
        f"default_user = {USER}\n"
        f"default_pass = {secrets['amqp']}\n"
        "disk_free_limit.absolute = 100MB\n"
        "raft.wal_max_size_bytes = 64000000\n"
    )
    (home / "enabled_plugins").write_text("[].\n")
    (home / "conf.d").mkdir(exist_ok=True)
    for empty in ("rabbitmq-env.conf", "advanced.config"):
        (home / empty).write_text("" if empty.endswith(".conf") else "[].\n")


def _write_cookie(cookie: Path, secret: str) -> None:
    """Whole, and for its owner alone, or not at all: Erlang refuses any other for ever."""
    beside = cookie.with_suffix(".new")
    beside.unlink(missing_ok=True)
    beside.write_text(secret)
    beside.chmod(0o400)
    beside.replace(cookie)


def _environment(state: State, ports: Mapping[str, int]) -> dict[str, str]:
    """Every variable by which a node would otherwise look at, or disturb, another one of this machine."""
    home = state.folder("rabbitmq")
    erlang = f"{CALM} -start_epmd false -kernel inet_dist_use_interface {{127,0,0,1}}"
    return {
        **binaries.library_path("rabbitmq-server"),
        "PATH": f"{binaries.erlang()}:/usr/bin:/bin",
        "HOME": str(home),
        "ERL_EPMD_ADDRESS": "127.0.0.1",
        "ERL_EPMD_PORT": str(ports["epmd"]),
        "ERL_CRASH_DUMP": str(home / "erl_crash.dump"),
        "RABBITMQ_ALLOW_INPUT": "1",  # the script then execs Erlang, so that the process we started is the node
        "RABBITMQ_NODENAME": "tempages@localhost",
        "RABBITMQ_NODE_IP_ADDRESS": "127.0.0.1",
        "RABBITMQ_NODE_PORT": str(ports["amqp"]),
        "RABBITMQ_DIST_PORT": str(ports["amqp_distribution"]),
        "RABBITMQ_CTL_DIST_PORT_MIN": str(ports["amqp_tools"]),
        "RABBITMQ_CTL_DIST_PORT_MAX": str(ports["amqp_tools"]),
        "RABBITMQ_MNESIA_BASE": str(home / "data"),
        "RABBITMQ_LOG_BASE": str(home / "log"),
        "RABBITMQ_LOGS": "-",
        "RABBITMQ_CONFIG_FILE": str(home / "rabbitmq.conf"),
        "RABBITMQ_CONFIG_FILES": str(home / "conf.d"),
        "RABBITMQ_CONF_ENV_FILE": str(home / "rabbitmq-env.conf"),
        "RABBITMQ_ADVANCED_CONFIG_FILE": str(home / "advanced.config"),
        "RABBITMQ_ENABLED_PLUGINS_FILE": str(home / "enabled_plugins"),
        "RABBITMQ_SERVER_ADDITIONAL_ERL_ARGS": erlang,
    }
