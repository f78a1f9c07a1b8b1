"""What an API key may do: one vocabulary for all services, `<thing>:read` or `<thing>:write`.

A route names the scope it needs by the annotation of who asks; `SignedIn` names none, and lets no key in.
"""

from enum import StrEnum
from typing import Annotated

from fastapi import Security

from chassis.auth import Principal, signed_in


class Scope(StrEnum):
    """Things are those of the gateways; `downloads` are grants, attempts and the record of an order."""

    ACCOUNT_READ = "account:read"
    PRODUCTS_READ = "products:read"
    PRODUCTS_WRITE = "products:write"
    PAGES_READ = "pages:read"
    PAGES_WRITE = "pages:write"
    ORDERS_READ = "orders:read"
    ORDERS_WRITE = "orders:write"
    DISCOUNTS_READ = "discounts:read"
    DISCOUNTS_WRITE = "discounts:write"
    DISPUTES_READ = "disputes:read"
    DISPUTES_WRITE = "disputes:write"
    CUSTOMERS_WRITE = "customers:write"
    DOWNLOADS_READ = "downloads:read"
    DOWNLOADS_WRITE = "downloads:write"
    REGISTRATIONS_READ = "registrations:read"
    REGISTRATIONS_WRITE = "registrations:write"


ReadsAccount = Annotated[Principal, Security(signed_in, scopes=[Scope.ACCOUNT_READ])]
ReadsProducts = Annotated[Principal, Security(signed_in, scopes=[Scope.PRODUCTS_READ])]
WritesProducts = Annotated[Principal, Security(signed_in, scopes=[Scope.PRODUCTS_WRITE])]
ReadsPages = Annotated[Principal, Security(signed_in, scopes=[Scope.PAGES_READ])]
WritesPages = Annotated[Principal, Security(signed_in, scopes=[Scope.PAGES_WRITE])]
ReadsOrders = Annotated[Principal, Security(signed_in, scopes=[Scope.ORDERS_READ])]
WritesOrders = Annotated[Principal, Security(signed_in, scopes=[Scope.ORDERS_WRITE])]
ReadsDiscounts = Annotated[Principal, Security(signed_in, scopes=[Scope.DISCOUNTS_READ])]
WritesDiscounts = Annotated[Principal, Security(signed_in, scopes=[Scope.DISCOUNTS_WRITE])]
ReadsDisputes = Annotated[Principal, Security(signed_in, scopes=[Scope.DISPUTES_READ])]
WritesDisputes = Annotated[Principal, Security(signed_in, scopes=[Scope.DISPUTES_WRITE])]
WritesCustomers = Annotated[Principal, Security(signed_in, scopes=[Scope.CUSTOMERS_WRITE])]
ReadsDownloads = Annotated[Principal, Security(signed_in, scopes=[Scope.DOWNLOADS_READ])]
WritesDownloads = Annotated[Principal, Security(signed_in, scopes=[Scope.DOWNLOADS_WRITE])]
ReadsRegistrations = Annotated[Principal, Security(signed_in, scopes=[Scope.REGISTRATIONS_READ])]
WritesRegistrations = Annotated[Principal, Security(signed_in, scopes=[Scope.REGISTRATIONS_WRITE])]
