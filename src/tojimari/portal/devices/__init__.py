"""Computers and phones of a company: enrolment, signed reports, their state in plain words."""
