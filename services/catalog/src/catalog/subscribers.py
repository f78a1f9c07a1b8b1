"""What catalog hears over the bus: nothing. What it knows, creators and Stripe tell it."""

from collections.abc import Sequence

from chassis.topology import Subscription

SUBSCRIPTIONS: Sequence[Subscription] = ()
