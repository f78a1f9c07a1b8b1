"""Delivery: who may download what, how often and until when; and what happened, for ever."""
