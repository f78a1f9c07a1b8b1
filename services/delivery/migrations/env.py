from chassis.migrations import run_environment
from delivery.models import DeliveryTable

run_environment(DeliveryTable.metadata, unmanaged=("order_events_", "download_attempts_", "client_addresses_"))
