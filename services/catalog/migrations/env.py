from catalog.models import CatalogTable
from chassis.migrations import run_environment

run_environment(CatalogTable.metadata)
