"""A service's database and its roles: one that owns the tables, one that may only use them, others as it needs."""

from dataclasses import dataclass
from typing import Self
from urllib.parse import unquote, urlsplit

import asyncpg

CREATE_ROLE = "CREATE ROLE %I"
LET_IN = "ALTER ROLE %I LOGIN NOSUPERUSER NOCREATEDB NOCREATEROLE PASSWORD %L"
CREATE_DATABASE = "CREATE DATABASE %I OWNER %I TEMPLATE template0 ENCODING 'UTF8'"
ON_DATABASE = (
    "REVOKE ALL ON DATABASE %1$I FROM PUBLIC",
    "ALTER DATABASE %1$I OWNER TO %2$I",
    "GRANT CONNECT ON DATABASE %1$I TO %3$I",
)
"""1 the database, 2 its owner, 3 the application's role."""
IN_DATABASE = (
    "ALTER SCHEMA public OWNER TO %1$I",
    "REVOKE ALL ON SCHEMA public FROM PUBLIC",
    "GRANT USAGE ON SCHEMA public TO %2$I",
    "ALTER DEFAULT PRIVILEGES FOR ROLE %1$I GRANT SELECT, INSERT, UPDATE, DELETE ON TABLES TO %2$I",
    "ALTER DEFAULT PRIVILEGES FOR ROLE %1$I GRANT USAGE ON SEQUENCES TO %2$I",
)
"""1 the owner, 2 the application's role. What a migration takes back from the application stays taken."""


class BadDatabaseUrl(ValueError):
    """A URL without a user, a password or a database's name, or two that name different databases."""


@dataclass(frozen=True)
class Login:
    role: str
    password: str
    database: str

    @classmethod
    def parse(cls, url: str) -> Self:
        """From postgresql://role:password@host:port/database; the message never repeats the password."""
        parts = urlsplit(url)
        found = cls(unquote(parts.username or ""), unquote(parts.password or ""), unquote(parts.path.lstrip("/")))
        if not (found.role and found.password and found.database):
            raise BadDatabaseUrl(f"expected postgresql://role:password@host:port/database at {parts.hostname}")
        return found


async def provision(admin_url: str, owner_url: str, app_url: str, *other_urls: str) -> None:
    """Make the roles and the database that the URLs name, as the superuser `admin_url`.

    The roles of `other_urls` may connect; what else they may do, migrations say. Again is harmless: passwords and
    privileges are set to what the URLs say. Raises BadDatabaseUrl.
    """
    owner, app, *others = (Login.parse(url) for url in (owner_url, app_url, *other_urls))
    for login in (app, *others):
        if login.database != owner.database:
            raise BadDatabaseUrl(
                f"the database of {owner.role} is {owner.database}, that of {login.role} {login.database}"
            )
    server = await asyncpg.connect(admin_url, timeout=10)
    try:
        await _make_role(server, owner)
        await _make_role(server, app)
        await _make_database(server, owner, app)
        for other in others:
            await _make_role(server, other)
            await _run(server, "GRANT CONNECT ON DATABASE %I TO %I", owner.database, other.role)
    finally:
        await server.close()
    inside = await asyncpg.connect(admin_url, database=owner.database, timeout=10)
    try:
        for statement in IN_DATABASE:
            await _run(inside, statement, owner.role, app.role)
        for other in others:
            await _run(inside, "GRANT USAGE ON SCHEMA public TO %I", other.role)
    finally:
        await inside.close()


async def _make_role(server: asyncpg.Connection, login: Login) -> None:
    if not await server.fetchval("SELECT 1 FROM pg_roles WHERE rolname = $1", login.role):
        await _run(server, CREATE_ROLE, login.role)
    await _run(server, LET_IN, login.role, login.password)


async def _make_database(server: asyncpg.Connection, owner: Login, app: Login) -> None:
    if not await server.fetchval("SELECT 1 FROM pg_database WHERE datname = $1", owner.database):
        await _run(server, CREATE_DATABASE, owner.database, owner.role)
    for statement in ON_DATABASE:
        await _run(server, statement, owner.database, owner.role, app.role)


async def _run(connection: asyncpg.Connection, statement: str, *values: str) -> None:
    """Run `statement`, in which the server itself quotes names (%I) and texts (%L)."""
    await connection.execute(await connection.fetchval("SELECT format($1, VARIADIC $2::text[])", statement, values))
