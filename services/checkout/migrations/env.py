from chassis.migrations import run_environment
from checkout.models import CheckoutTable

run_environment(CheckoutTable.metadata)
