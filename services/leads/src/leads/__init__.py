"""Leads: who wants to be told when a page opens. The only service that knows a registrant's address."""
