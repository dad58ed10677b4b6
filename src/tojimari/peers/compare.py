"""Puts published figures beside the company's own standing."""

import msgspec

from tojimari.catalog import Catalog
from tojimari.catalog.schema import PeerFigure, PeerGroup, Survey
from tojimari.model import Assessment, Profile, State


class Comparison(msgspec.Struct, frozen=True):
    """One published figure and where the company stands on the same control.

    Attributes:
        survey: id of the survey the figure was published in.
        figure: the figure, with its base, n and mark.
        own: the company's state on ``figure.control``; None for background figures.
        alike: the figure is about firms of the company's own size, PC count or industry.
        among: whether the company is one of the share the figure counts; None when its own
            state is unknown (unless the figure counts exactly the unknown) or does not apply.
    """

    survey: str
    figure: PeerFigure
    own: State | None
    alike: bool
    among: bool | None

    @property
    def same_size(self) -> bool:
        """Whether the figure is about firms with as many people as the company."""
        return self.figure.group is not None and self.figure.group.by == "company-size"


def compare(assessment: Assessment, catalog: Catalog) -> list[Comparison]:
    """Return the published figures that fit the company.

    Figures about a group are taken only when the company is in that group (by what it said of
    itself); figures about everybody always. Two figures are never joined into a new one. Order:
    figures with a control before background, what is known of the own company before what is not,
    firms of the same size first, then others alike, then newer surveys.
    """
    found = [
        _comparison(survey, figure, assessment)
        for survey in catalog.surveys.values()
        for figure in survey.figures
        if figure.group is None or belongs(figure.group, assessment.profile)
    ]
    return sorted(
        found,
        key=lambda c: (
            c.own is None,
            c.own == "not_applicable",
            c.own == "unknown",
            not c.same_size,
            not c.alike,
            -catalog.surveys[c.survey].year,
            c.survey,
        ),
    )


def belongs(group: PeerGroup, profile: Profile) -> bool:
    """Return whether a company with ``profile`` is in ``group``; not when it did not say.

    A group by a number is written "5", "5-9" or "10+" (all inclusive).
    """
    said = profile.get(group.by)
    if said is None or said == "dont_know":
        return False
    if isinstance(said, int):
        low, dash, high = group.value.rstrip("+").partition("-")
        if group.value.endswith("+"):
            return said >= int(low)
        return int(low) <= said <= int(high if dash else low)
    return group.value in said


def _comparison(survey: Survey, figure: PeerFigure, assessment: Assessment) -> Comparison:
    own = assessment.controls[figure.control].state if figure.control else None
    among: bool | None = None
    if own is not None and own != "not_applicable":
        among = own in figure.share_of if own != "unknown" or "unknown" in figure.share_of else None
    return Comparison(survey.id, figure, own, alike=figure.group is not None, among=among)
