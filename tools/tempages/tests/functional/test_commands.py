"""The command as operators call it, against a real server and a real broker."""

import asyncio
from datetime import UTC, datetime, timedelta

import asyncpg
import pytest
from chassis.clock import new_id
from chassis.testing import TestDatabase
from local_stack import Stack
from tempages import main, services
from typer.testing import CliRunner, Result

SERVICE = "leads"


@pytest.fixture
def database(infrastructure: Stack, monkeypatch: pytest.MonkeyPatch) -> TestDatabase:
    """Where a service's URLs lead to; nothing stands there yet."""
    named = TestDatabase(infrastructure.admin_database_url, SERVICE)
    owner, app = (f"{url}_{new_id().hex[-8:]}" for url in (named.owner_url, named.app_url))
    named.owner_url, named.app_url = owner, app.rsplit("/", 1)[0] + "/" + owner.rsplit("/", 1)[1]
    monkeypatch.setenv("ADMIN_DATABASE_URL", infrastructure.admin_database_url)
    monkeypatch.setenv("LEADS_MIGRATION_DATABASE_URL", named.owner_url)
    monkeypatch.setenv("LEADS_DATABASE_URL", named.app_url)
    monkeypatch.setenv("AMQP_URL", infrastructure.endpoints["amqp"])
    return named


async def tempages(*arguments: str) -> Result:
    """In a thread, as each command has an event loop of its own."""
    return await asyncio.to_thread(lambda: CliRunner().invoke(main.app, arguments))


async def test_a_service_is_provisioned_and_migrated_twice_without_harm(database: TestDatabase) -> None:
    for command in ("provision", "migrate", "provision", "migrate"):
        done = await tempages(command, SERVICE)
        assert done.exit_code == 0, done.output
    connection = await asyncpg.connect(database.app_url)
    assert await connection.fetchval("SELECT count(*) FROM registrations") == 0
    await connection.close()


async def test_what_has_been_kept_long_enough_is_removed_and_only_a_run_removes_it(database: TestDatabase) -> None:
    for command in ("provision", "migrate"):
        assert (await tempages(command, SERVICE)).exit_code == 0
    assert "nothing would go now" in (await tempages("retention", "--dry-run", SERVICE)).output
    connection = await asyncpg.connect(database.owner_url)
    old = datetime.now(UTC) - timedelta(days=7 * 31)
    await connection.execute("SELECT make_security_log_partition($1)", old)
    for _ in range(2):
        await connection.execute("INSERT INTO security_log VALUES ($1, $2, 'old', NULL, '{}')", new_id(), old)
    month = f"security_log_{old:%Y_%m}"
    for _ in range(2):
        planned = (await tempages("retention", "--dry-run", SERVICE)).output
        assert f"leads: {month}: 2 rows would go now" in planned
    assert f"leads: {month}: 2 rows removed" in (await tempages("retention", SERVICE)).output
    assert "leads: nothing had to go" in (await tempages("retention", SERVICE)).output
    assert "the next go on" in (await tempages("retention", "--dry-run", SERVICE)).output
    kinds = await connection.fetch("SELECT kind, detail->>'rows' AS rows FROM security_log ORDER BY at")
    assert [(row["kind"], row["rows"]) for row in kinds] == [("retention", "2")]
    await connection.close()


@pytest.mark.parametrize("command", ["provision", "retention"])
async def test_delivery_needs_its_third_role(
    database: TestDatabase, monkeypatch: pytest.MonkeyPatch, command: str
) -> None:
    for name in ("DELIVERY_DATABASE_URL", "DELIVERY_MIGRATION_DATABASE_URL"):
        monkeypatch.setenv(name, database.owner_url)
    monkeypatch.delenv("DELIVERY_RETENTION_DATABASE_URL", raising=False)
    done = await tempages(command, "delivery")
    assert done.exit_code == 2
    assert "DELIVERY_RETENTION_DATABASE_URL" in done.output


@pytest.mark.parametrize("command", ["provision", "migrate"])
async def test_a_missing_variable_is_named(
    database: TestDatabase, monkeypatch: pytest.MonkeyPatch, command: str
) -> None:
    monkeypatch.delenv("LEADS_MIGRATION_DATABASE_URL")
    done = await tempages(command, SERVICE)
    assert done.exit_code == 2
    assert "LEADS_MIGRATION_DATABASE_URL" in done.output


@pytest.mark.parametrize("command", ["provision", "migrate", "topology"])
async def test_an_unknown_service_is_refused(database: TestDatabase, command: str) -> None:
    done = await tempages(command, "leeds")
    assert done.exit_code == 2
    assert "leeds" in done.output


async def test_what_is_not_installed_is_passed_over_unless_it_is_asked_for(
    database: TestDatabase, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(services, "installed", lambda service: service == SERVICE)
    assert services.chosen(None) == (SERVICE,)
    done = await tempages("migrate", "catalog")
    assert done.exit_code == 2
    assert "not installed" in done.output
