"""The routes of checkout's gateway, by who calls them."""

from checkout.http import checkouts, customers, orders, thanks

ROUTERS = [checkouts.router, thanks.router, orders.router, orders.links_router, customers.router]
