"""What a creator can be written about, and may turn off."""

from enum import StrEnum


class Notice(StrEnum):
    SALES = "sales"
    DISPUTES = "disputes"
    PAGE_EXPIRING = "page_expiring"
    PAGE_EXPIRED = "page_expired"
