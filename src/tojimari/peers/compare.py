"""Puts published figures beside the company's own standing."""

import msgspec

from tojimari.catalog import Catalog
from tojimari.catalog.schema import PeerFigure, Survey
from tojimari.model import Assessment, State


class Comparison(msgspec.Struct, frozen=True):
    """One published figure and where the company stands on the same control.

    Attributes:
        survey: id of the survey the figure was published in.
        figure: the figure, with its base, n and mark.
        own: the company's state on ``figure.control``; None for background figures.
        alike: the figure is about firms of the company's own size, PC count or industry.
        among: whether the company is one of the share the figure counts; None when unknown.
    """

    survey: str
    figure: PeerFigure
    own: State | None
    alike: bool
    among: bool | None


def compare(assessment: Assessment, catalog: Catalog) -> list[Comparison]:
    """Return the figures worth showing, newest survey first; see ``_choose``."""
    return [
        _comparison(survey, figure, assessment)
        for survey in sorted(catalog.surveys.values(), key=lambda s: (-s.year, s.id))
        for figure in survey.figures
        if figure.group is None
    ]


def _comparison(survey: Survey, figure: PeerFigure, assessment: Assessment) -> Comparison:
    own = assessment.controls[figure.control].state if figure.control else None
    among = None if own in (None, "unknown") else own in figure.share_of
    return Comparison(survey.id, figure, own, alike=False, among=among)
