from chassis.migrations import run_environment
from leads.models import LeadsTable

run_environment(LeadsTable.metadata)
