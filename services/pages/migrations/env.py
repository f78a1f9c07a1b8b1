from chassis.migrations import run_environment
from pages.models import PagesTable

run_environment(PagesTable.metadata)
