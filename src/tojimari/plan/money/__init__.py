"""Money and help for the steps: which programme fits, when it is open, what a step costs with it."""

from tojimari.plan.money.company import ASKED, KnownCompany, known_company, profile_of
from tojimari.plan.money.fit import Fit, Point, fit
from tojimari.plan.money.insurance import InsuranceAnswer, insurance_answers
from tojimari.plan.money.offer import (
    Effect,
    Offer,
    effect,
    held_papers,
    offer_for,
    offers,
    still_asked,
)
from tojimari.plan.money.window import Window, window

__all__ = [
    "ASKED",
    "Effect",
    "Fit",
    "InsuranceAnswer",
    "KnownCompany",
    "Offer",
    "Point",
    "Window",
    "effect",
    "fit",
    "held_papers",
    "insurance_answers",
    "known_company",
    "offer_for",
    "offers",
    "profile_of",
    "still_asked",
    "window",
]
