"""Leads's tables, with their behaviour."""

from leads.models.base import Answers, LeadsTable
from leads.models.early_access import EarlyAccessWave, Wave, waves_of
from leads.models.mirrors import MirroredCreator, MirroredPage, MirroredProduct, MirroredStock, MirroredViews
from leads.models.registrations import Confirmation, Purpose, Registration
from leads.models.waiting_list import OfferOutcome, WaitingListOffer

__all__ = [
    "Answers",
    "Confirmation",
    "EarlyAccessWave",
    "LeadsTable",
    "MirroredCreator",
    "MirroredPage",
    "MirroredProduct",
    "MirroredStock",
    "MirroredViews",
    "OfferOutcome",
    "Purpose",
    "Registration",
    "WaitingListOffer",
    "Wave",
    "waves_of",
]
