"""Provisioning, against a real server: what each role may, and may not."""

from collections.abc import AsyncIterator
from urllib.parse import quote, urlsplit

import asyncpg
import pytest
from chassis.provision import BadDatabaseUrl, provision
from local_stack import Stack

DATABASE = 'odd"name'
PASSWORD = "p'a%s:s@w/ord"


def url(infrastructure: Stack, role: str, database: str = DATABASE, password: str = PASSWORD) -> str:
    place = urlsplit(infrastructure.admin_database_url)
    return (
        f"postgresql://{quote(role, safe='')}:{quote(password, safe='')}@{place.hostname}:{place.port}"
        f"/{quote(database, safe='')}"
    )


@pytest.fixture
async def provisioned(infrastructure: Stack) -> AsyncIterator[tuple[str, str]]:
    """(owner's URL, application's URL) of a database with a name that must be quoted."""
    owner, app = url(infrastructure, "odd owner"), url(infrastructure, "odd-app")
    await provision(infrastructure.admin_database_url, owner, app)
    yield owner, app
    admin = await asyncpg.connect(infrastructure.admin_database_url)
    await admin.execute('DROP DATABASE "odd""name" WITH (FORCE)')
    await admin.execute('DROP ROLE "odd owner", "odd-app"')
    await admin.execute('DROP ROLE IF EXISTS "odd retention"')
    await admin.close()


async def run(url: str, *statements: str) -> None:
    connection = await asyncpg.connect(url)
    try:
        for statement in statements:
            await connection.execute(statement)
    finally:
        await connection.close()


async def test_the_application_uses_what_the_owner_makes(provisioned: tuple[str, str]) -> None:
    owner, app = provisioned
    await run(owner, "CREATE TABLE things (id bigserial PRIMARY KEY, name text)")
    await run(
        app,
        "INSERT INTO things (name) VALUES ('a')",
        "UPDATE things SET name = 'b'",
        "SELECT * FROM things",
        "DELETE FROM things",
    )


@pytest.mark.parametrize(
    "forbidden",
    ["CREATE TABLE mine (id int)", "TRUNCATE things", "ALTER TABLE things ADD extra int", "DROP TABLE things"],
)
async def test_the_application_cannot_change_the_schema(provisioned: tuple[str, str], forbidden: str) -> None:
    owner, app = provisioned
    await run(owner, "CREATE TABLE things (id int)")
    with pytest.raises(asyncpg.InsufficientPrivilegeError):
        await run(app, forbidden)


async def test_provisioning_again_keeps_rows_and_privileges_taken_back(
    infrastructure: Stack, provisioned: tuple[str, str]
) -> None:
    owner, app = provisioned
    await run(owner, "CREATE TABLE history (id int)", 'REVOKE DELETE ON history FROM "odd-app"')
    await run(app, "INSERT INTO history VALUES (1)")
    await provision(infrastructure.admin_database_url, owner, app)
    with pytest.raises(asyncpg.InsufficientPrivilegeError):
        await run(app, "DELETE FROM history")


async def test_another_role_cannot_connect(infrastructure: Stack, provisioned: tuple[str, str]) -> None:
    neighbour = url(infrastructure, "neighbour")
    await run(
        infrastructure.admin_database_url,
        f"CREATE ROLE neighbour LOGIN PASSWORD '{PASSWORD.replace(chr(39), chr(39) * 2)}'",
    )
    try:
        with pytest.raises(asyncpg.InsufficientPrivilegeError):
            await run(neighbour, "SELECT 1")
    finally:
        await run(infrastructure.admin_database_url, "DROP ROLE neighbour")


async def test_a_changed_password_is_taken_over(infrastructure: Stack, provisioned: tuple[str, str]) -> None:
    owner, app = url(infrastructure, "odd owner"), url(infrastructure, "odd-app", password="another")
    await provision(infrastructure.admin_database_url, owner, app)
    await run(app, "SELECT 1")


async def test_two_urls_that_name_different_databases_are_refused(infrastructure: Stack) -> None:
    with pytest.raises(BadDatabaseUrl, match="that of a other"):
        await provision(infrastructure.admin_database_url, url(infrastructure, "o"), url(infrastructure, "a", "other"))


async def test_a_third_role_connects_and_may_do_nothing_unless_a_migration_says_so(
    infrastructure: Stack, provisioned: tuple[str, str]
) -> None:
    owner, app = provisioned
    other = url(infrastructure, "odd retention")
    for _ in range(2):
        await provision(infrastructure.admin_database_url, owner, app, other)
    await run(owner, "CREATE TABLE kept (id int)")
    with pytest.raises(asyncpg.InsufficientPrivilegeError):
        await run(other, "SELECT * FROM kept")
    await run(owner, 'GRANT SELECT ON kept TO "odd retention"')
    await run(other, "SELECT * FROM kept")


@pytest.mark.parametrize("url", ["postgresql://127.0.0.1/leads", "postgresql://role:secret@127.0.0.1"])
async def test_an_incomplete_url_is_refused_without_its_password(url: str) -> None:
    with pytest.raises(BadDatabaseUrl) as refused:
        await provision("postgresql://postgres@127.0.0.1:1/postgres", url, url)
    assert "secret" not in str(refused.value)
