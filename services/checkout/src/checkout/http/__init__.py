"""The routes of checkout's gateway, by who calls them."""

from checkout.http import checkouts, customers, discounts, disputes, exports, orders, thanks

ROUTERS = [
    checkouts.router,
    thanks.router,
    orders.router,
    orders.links_router,
    discounts.router,
    exports.router,
    customers.router,
    disputes.router,
]
