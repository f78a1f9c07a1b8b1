"""What becomes of orders and stock by what Stripe says: told once here, used by the use cases that hear it."""
