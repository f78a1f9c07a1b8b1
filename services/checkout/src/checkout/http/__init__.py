"""The routes of checkout's gateway, by who calls them."""

from checkout.http import buying, checkouts, customers, discounts, disputes, exports, orders, thanks

ROUTERS = [
    checkouts.router,
    buying.router,
    thanks.router,
    orders.router,
    orders.links_router,
    discounts.router,
    exports.router,
    customers.lookups,
    customers.router,
    disputes.router,
]
