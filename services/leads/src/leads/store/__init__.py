"""Queries worth a name."""

from leads.store.pages import chosen_waves, page, page_of_creator, page_of_short_id, page_to_change, title_of
from leads.store.registrations import (
    CampaignFigures,
    answered_fields,
    asked_since,
    campaign,
    purposes_asked,
    registered,
    registration_to_change,
    registrations,
    registrations_of_erased,
)
from leads.store.telling import (
    next_launch,
    next_to_tell,
    pages_to_tell_of,
    pages_with_early_access,
    registrations_for_successors,
    told_early,
    unsent_mails,
)
from leads.store.waiting_list import (
    is_sold_out,
    next_lapse,
    next_waiting,
    offers_to_lapse,
    open_offer,
    stocks_to_offer,
    units_free,
)

__all__ = [
    "CampaignFigures",
    "answered_fields",
    "asked_since",
    "campaign",
    "chosen_waves",
    "is_sold_out",
    "next_lapse",
    "next_launch",
    "next_to_tell",
    "next_waiting",
    "offers_to_lapse",
    "open_offer",
    "page",
    "page_of_creator",
    "page_of_short_id",
    "page_to_change",
    "pages_to_tell_of",
    "pages_with_early_access",
    "purposes_asked",
    "registered",
    "registration_to_change",
    "registrations",
    "registrations_for_successors",
    "registrations_of_erased",
    "stocks_to_offer",
    "title_of",
    "told_early",
    "units_free",
    "unsent_mails",
]
