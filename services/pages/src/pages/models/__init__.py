"""Tables with behaviour."""

from pages.models.figures import MirroredOrder, MirroredRegistration, PageViews, ViewTotal
from pages.models.mirrors import MirroredCreator, MirroredProduct, MirroredStock
from pages.models.sales_page import SalesPage
from pages.models.short_ids import BASE62, new_short_id
from pages.models.table import EDGE_WRITES, PagesTable

__all__ = [
    "BASE62",
    "EDGE_WRITES",
    "MirroredCreator",
    "MirroredOrder",
    "MirroredProduct",
    "MirroredRegistration",
    "MirroredStock",
    "PageViews",
    "PagesTable",
    "SalesPage",
    "ViewTotal",
    "new_short_id",
]
