"""The parts of addresses that several apps begin with."""

COMPANY = "c/<uuid:company_id>"
ORGANISATION = "s/<uuid:organisation_id>"
