"""What delivery keeps for how long: addresses for 30 days, orders, their events and downloads for 7 years.

What goes is decided in the database, by its own clock (migration 0004): the role that calls can choose nothing.
"""

from collections.abc import Sequence

from chassis.retention import SECURITY_LOG, OldPartitions, Rule

HISTORY = OldPartitions("look_at_history", "remove_old_history")
"""Whole partitions, when all in them has been kept long enough; with an order's last event, the order."""

RULES: Sequence[Rule] = (HISTORY, SECURITY_LOG)
