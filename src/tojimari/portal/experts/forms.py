"""What the pages of experts and visits take in."""

from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from django import forms
from django.core.exceptions import ValidationError
from django.http import QueryDict
from django.utils import timezone

from tojimari.model.japan import NUMBERS
from tojimari.portal.core.permissions import ticks
from tojimari.portal.experts.models import (
    ABOUT_LETTERS,
    NAME_LETTERS,
    PLACE_LETTERS,
    REASON_LETTERS,
    REPORT_LETTERS,
    WISH_LETTERS,
)
from tojimari.portal.experts.rights import SHOWN
from tojimari.portal.forms import (
    MinuteField,
    NameField,
    PickedField,
    PortalForm,
    TypedField,
    YesField,
)
from tojimari.portal.words import catalog, say

LANGUAGES = ("ja", "en", "zh", "ko", "vi", "pt")
"""Languages an expert can speak with a company, by ISO 639-1."""
TIMES_AT_MOST = 3
MINUTES = (30, 60, 90, 120, 180, 240)
_DAYS = [str(day) for day in range(7)]
_FARTHEST = timedelta(days=366)
_CONTROLS_AT_MOST = 100


def shown_ticks() -> dict[str, str]:
    """Return box -> right for what a company may show an expert."""
    return {tick: name for tick, name in ticks().items() if name in SHOWN}


class ComingField(MinuteField):
    """A moment within the next year, to the minute, in the portal's time zone; None where empty."""

    def clean(self, value: Any) -> datetime | None:
        """Return the moment. Refuses one that has been, or too far away."""
        found: datetime | None = super().clean(value)
        if found is not None and not timezone.now() < found < timezone.now() + _FARTHEST:
            raise ValidationError(say("visit.bad_time"))
        return found


class ProfileForm(PortalForm):
    """What an expert is good at, where and when they come."""

    refusal = "expert.bad_profile"

    name = NameField(at_most=NAME_LETTERS)
    fields_ = PickedField()
    prefectures = PickedField()
    online = YesField()
    days = PickedField()
    hours = NameField(at_most=NAME_LETTERS)
    languages = PickedField()
    about = TypedField(at_most=ABOUT_LETTERS)
    is_on = YesField()

    def clean(self) -> None:
        """Refuse a profile that no company could choose by."""
        sent = self.cleaned_data
        sent["fields"] = _among(sent.get("fields_"), catalog().expertise.fields)
        sent["prefectures"] = _among(sent.get("prefectures"), NUMBERS)
        sent["days"] = [int(day) for day in _among(sent.get("days"), _DAYS)]
        sent["languages"] = _among(sent.get("languages"), LANGUAGES)
        comes = sent["prefectures"] or sent.get("online")
        if not sent.get("name") or not sent["fields"] or not comes:
            raise ValidationError(say(self.refusal))

    def values(self) -> dict[str, Any]:
        """Return the columns of the profile."""
        names = ("name", "fields", "prefectures", "online", "days", "hours", "languages", "about")
        return {name: self.cleaned_data[name] for name in (*names, "is_on")}


def _among(sent: list[str] | None, known: Any) -> list[str]:
    """Return what of ``known`` was sent, in the order of ``known``."""
    return [one for one in known if one in (sent or ())]


class InviteExpertForm(PortalForm):
    """Name and mail address of somebody from outside the organisation."""

    refusal = "expert.bad_invitation"

    name = NameField(at_most=NAME_LETTERS)
    email = forms.EmailField(max_length=254)

    def clean_name(self) -> str:
        """Return the name; refuse an invitation without one."""
        if not self.cleaned_data["name"]:
            raise ValidationError(say(self.refusal))
        return str(self.cleaned_data["name"])


class ShownForm(PortalForm):
    """What of the company an expert sees, or that it is over."""

    end = YesField()
    evidence = PickedField()

    def __init__(self, sent: QueryDict, files: Any = None) -> None:
        """Give each right a box."""
        super().__init__(sent, files)
        self.fields |= {tick: YesField() for tick in shown_ticks()}

    def scopes(self) -> tuple[str, ...]:
        """Return the names of the rights whose boxes are ticked."""
        return tuple(name for tick, name in shown_ticks().items() if self.cleaned_data[tick])


def _fields() -> list[tuple[str, str]]:
    return [(id_, "") for id_ in catalog().expertise.fields]


class AskForm(ShownForm):
    """A company asks one of its organisations for an expert."""

    refusal = "visit.bad_wish"

    organisation = forms.UUIDField()
    field = forms.ChoiceField(choices=_fields)
    expert = TypedField(at_most=40)
    wish = TypedField(at_most=WISH_LETTERS, required=True)

    def wished(self) -> UUID | None:
        """Return the id of the expert the company would like; None for whoever can come."""
        try:
            return UUID(self.cleaned_data["expert"])
        except ValueError:
            return None


class OfCompanyForm(PortalForm):
    """Which company's visits are shown, from an address; those of all where it is left out."""

    company = forms.UUIDField(required=False)


class ProposeForm(PortalForm):
    """An organisation proposes an expert, and times."""

    refusal = "visit.bad_proposal"

    expert = forms.UUIDField()
    at1 = ComingField(required=True)
    at2 = ComingField()
    at3 = ComingField()
    minutes = forms.TypedChoiceField(coerce=int, choices=[(each, "") for each in MINUTES])
    place = NameField(at_most=PLACE_LETTERS)
    words = TypedField(at_most=REASON_LETTERS)

    def times(self) -> list[datetime]:
        """Return the moments, each once, the earliest first."""
        sent = self.cleaned_data
        return sorted({sent[name] for name in ("at1", "at2", "at3") if sent[name]})


class ExpertAnswerForm(PortalForm):
    """The expert comes at one of the times, or says why not."""

    refusal = "visit.bad_answer"

    time = TypedField(at_most=3)
    no = YesField()
    reason = TypedField(at_most=REASON_LETTERS)

    def clean(self) -> None:
        """Refuse a no without a reason, and a yes without a time."""
        sent = self.cleaned_data
        if sent.get("no") and not sent.get("reason"):
            raise ValidationError(say("visit.bad_reason"))
        if not sent.get("no") and sent.get("time") not in ("0", "1", "2"):
            raise ValidationError(say(self.refusal))


class CompanyAnswerForm(PortalForm):
    """The company says yes to an appointment or report, or what would suit it.

    seen: the ``version`` of what its page showed; a yes counts for nothing else.
    """

    refusal = "visit.bad_reason"

    yes = YesField()
    seen = TypedField(at_most=64)
    words = TypedField(at_most=REASON_LETTERS)

    def clean(self) -> None:
        """Refuse a no without words: nobody would know what suits."""
        if not self.cleaned_data.get("yes") and not self.cleaned_data.get("words"):
            raise ValidationError(say(self.refusal))


class MoveForm(PortalForm):
    """Another time for an appointment."""

    refusal = "visit.bad_time"

    at = ComingField(required=True)
    words = TypedField(at_most=REASON_LETTERS)


class CancelForm(PortalForm):
    """A visit is called off; whoever does says why."""

    refusal = "visit.bad_reason"

    reason = TypedField(at_most=REASON_LETTERS, required=True)


class ReportForm(PortalForm):
    """What was seen on a visit, what was done, what comes next, and what is in place."""

    refusal = "visit.bad_report"

    seen = TypedField(at_most=REPORT_LETTERS)
    did = TypedField(at_most=REPORT_LETTERS)
    next = TypedField(at_most=REPORT_LETTERS)
    controls = PickedField()

    def clean(self) -> None:
        """Refuse a report that says nothing; keep of the controls those a review can show."""
        sent = self.cleaned_data
        if not sent.get("seen") and not sent.get("did"):
            raise ValidationError(say(self.refusal))
        sent["controls"] = _among(sent.get("controls"), reviewable())[:_CONTROLS_AT_MOST]


def reviewable() -> list[str]:
    """Return the controls a review can show: those of which a paper or record is the evidence."""
    return [one.id for one in catalog().controls.values() if one.evidence is not None]
