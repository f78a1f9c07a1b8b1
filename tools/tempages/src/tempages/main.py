"""The commands. Each is idempotent, and says what it did in a line a service."""

import asyncio
from typing import Annotated

import typer
from aio_pika.exceptions import PublishError
from chassis import migrations, topology
from chassis.provision import BadDatabaseUrl, provision

from tempages import chain, expiry, parked, read_models
from tempages.services import (
    WITH_RETENTION_ROLE,
    app_url,
    chosen,
    known,
    owner_url,
    retention_url,
    setting,
    subscriptions,
)

app = typer.Typer(name="tempages", no_args_is_help=True, add_completion=False, help=__doc__)
app.add_typer(parked.app, name="parked")

Names = Annotated[list[str] | None, typer.Argument(help="The services; all without any.", metavar="[SERVICE]...")]


@app.command("provision")
def provision_databases(services: Names = None) -> None:
    """Make each service's database and its roles, as the superuser ADMIN_DATABASE_URL.

    Names and passwords are those of <SERVICE>_MIGRATION_DATABASE_URL, <SERVICE>_DATABASE_URL and, where history
    is out of the application's reach, <SERVICE>_RETENTION_DATABASE_URL.
    """
    admin_url = setting("ADMIN_DATABASE_URL")
    for service in known(services):
        try:
            others = [retention_url(service)] if service in WITH_RETENTION_ROLE else []
            asyncio.run(provision(admin_url, owner_url(service), app_url(service), *others))
        except BadDatabaseUrl as error:
            raise typer.BadParameter(f"{service}: {error}") from error
        typer.echo(f"{service}: database and roles stand")


@app.command()
def migrate(services: Names = None) -> None:
    """Bring each service's schema to its newest revision, as the owner of its tables."""
    for service in chosen(services):
        migrations.upgrade(service, owner_url(service))
        typer.echo(f"{service}: schema is up to date")


@app.command("topology")
def declare_topology(services: Names = None) -> None:
    """Declare every handler's queues on AMQP_URL, so that nothing is told before somebody hears."""
    amqp_url = setting("AMQP_URL")
    for service in chosen(services):
        heard = subscriptions(service)
        asyncio.run(topology.declare(amqp_url, heard))
        typer.echo(f"{service}: {len(heard)} queues stand")


@app.command("verify-chain")
def verify_chain() -> None:
    """Recompute the digest chain of delivery's order events; exit 1 and name the first broken row of each order."""
    broken = asyncio.run(chain.broken_rows(app_url("delivery")))
    for row in broken:
        typer.echo(row, err=True)
    if broken:
        raise typer.Exit(1)
    typer.echo("delivery: the chain of order events is whole")


@app.command("rebuild-read-model")
def rebuild_read_model(
    service: Annotated[str, typer.Argument(help="Whose read models.")],
    model: Annotated[str | None, typer.Argument(help="One of them, such as page; all without it.")] = None,
    from_nothing: Annotated[
        bool, typer.Option("--from-nothing", help="Empty it first; until it is filled, the service knows less.")
    ] = False,
) -> None:
    """Have the owners of what a service mirrors tell it all of that anew, and nobody else.

    Without --from-nothing every row stays until its successor is there, and sales go on; what its owner no longer
    has stays as well. Needs the <SERVICE>_DATABASE_URL of the service and of the owners, and AMQP_URL.
    """
    (service,) = chosen([service])
    mirrors = read_models.mirrors(service)
    if model is not None and model not in mirrors:
        raise typer.BadParameter(f"{service} mirrors {', '.join(mirrors) or 'nothing'}")
    for name in [model] if model else mirrors:
        try:
            told = asyncio.run(read_models.rebuild(service, name, mirrors[name], from_nothing=from_nothing))
        except PublishError as error:
            raise typer.BadParameter(f"{mirrors[name].queue} is not declared: run `tempages topology`") from error
        typer.echo(f"{service}: {told} told anew to {mirrors[name].queue}")


@app.command()
def retention(
    services: Names = None,
    dry_run: Annotated[
        bool, typer.Option("--dry-run", help="Remove nothing; say what would go, and what goes when.")
    ] = False,
) -> None:
    """Remove what has been kept long enough; what was removed stands in each service's security log."""
    run = expiry.planned if dry_run else expiry.removed
    for service in chosen(services):
        for line in asyncio.run(run(service)):
            typer.echo(f"{service}: {line}")
