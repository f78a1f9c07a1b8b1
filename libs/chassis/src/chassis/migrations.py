"""Alembic, the same for every service: one environment each, run as the owner of its tables."""

import asyncio
from collections.abc import Sequence
from importlib import resources
from importlib.util import find_spec
from pathlib import Path

from alembic import command, context
from alembic.config import Config
from alembic.operations import Operations
from sqlalchemy import Connection, MetaData
from sqlalchemy.ext.asyncio import create_async_engine

from chassis import tables


def directory(service: str) -> Path:
    """`services/<service>/migrations`, beside the package."""
    spec = find_spec(service)
    assert spec is not None, service
    assert spec.origin is not None, service
    return Path(spec.origin).parents[2] / "migrations"


def config(service: str, url: str) -> Config:
    """Alembic's configuration of `service`'s environment, for the database at `url` (postgresql://, the owner)."""
    alembic = Config()
    alembic.set_main_option("script_location", str(directory(service)))
    alembic.set_main_option(
        "sqlalchemy.url", url.replace("postgresql://", "postgresql+asyncpg://", 1).replace("%", "%%")
    )
    return alembic


def create_chassis_tables_v1(op: Operations) -> None:
    """For a service's first revision: the chassis's tables as they were first, whatever `tables` says today."""
    _run(op, "v1.sql", ";\n")


def drop_chassis_tables_v1(op: Operations) -> None:
    for table in ("outbox", "inbox", "idempotency_keys", "mails", "security_log"):
        op.drop_table(table)


def partition_security_log(op: Operations) -> None:
    """For a revision after the first: the chassis's tables as they were second."""
    _run(op, "v2.sql", "\n--\n")


def gather_security_log(op: Operations) -> None:
    """Undoes `partition_security_log`; every row stays."""
    _run(op, "v2_undone.sql", "\n--\n")


def create_api_keys_v1(op: Operations) -> None:
    """For the revision with which a service begins to know API keys."""
    _run(op, "api_keys_v1.sql", ";\n")


def _run(op: Operations, script: str, separator: str) -> None:
    statements = (resources.files("chassis") / "schema" / script).read_text().split(separator)
    for statement in filter(str.strip, statements):
        op.execute(statement)


def upgrade(service: str, url: str, revision: str = "head") -> None:
    command.upgrade(config(service, url), revision)


def downgrade(service: str, url: str, revision: str) -> None:
    command.downgrade(config(service, url), revision)


def run_environment(metadata: MetaData, unmanaged: Sequence[str] = ()) -> None:
    """The whole of a service's env.py. `unmanaged` prefixes name partitions, which are made by SQL."""
    partitions = ("security_log_", *unmanaged)

    def managed(name: str | None, kind: str, _parent: object) -> bool:
        return kind != "table" or name is None or not name.startswith(partitions)

    def migrate(connection: Connection) -> None:
        context.configure(
            connection=connection, target_metadata=[metadata, tables.metadata], include_name=managed, compare_type=True
        )
        with context.begin_transaction():
            context.run_migrations()

    async def online() -> None:
        engine = create_async_engine(context.config.get_main_option("sqlalchemy.url") or "")
        async with engine.connect() as connection:
            await connection.run_sync(migrate)
            await connection.commit()
        await engine.dispose()

    asyncio.run(online())
