"""What the pages of updates take in."""

from datetime import timedelta
from typing import Any
from uuid import UUID

from django import forms
from django.core.exceptions import ValidationError
from django.utils import timezone

from tojimari.portal.forms import MinuteField, PickedField, PortalForm, TypedField, YesField
from tojimari.portal.updates.agreement import Wanted
from tojimari.portal.updates.kinds import kind_of
from tojimari.portal.updates.models import POLICY_DAYS_AT_MOST, WORDS_LETTERS, Policy
from tojimari.portal.words import say

HOURS = ("1", "4", "24", "72")
"""For how long a device may be isolated at the press of a button."""
MOST_FAILED_USUAL = 10
POLICY_DAYS_USUAL = 180


class IdsField(PickedField):
    """Ids of things; what is no id is refused."""

    def to_python(self, value: Any) -> list[Any]:
        """Return the ids."""
        try:
            return [UUID(one) for one in super().to_python(value)]
        except ValueError:
            raise ValidationError(say("error.bad_request")) from None


class ProposalForm(PortalForm):
    """What is to be done, where and when."""

    refusal = "update.bad_window"

    kind = TypedField(at_most=40, required=True)
    package = TypedField(at_most=100)
    devices = IdsField()
    not_before = MinuteField()
    until = MinuteField(required=True)
    words = TypedField(at_most=WORDS_LETTERS)

    def wanted(self) -> Wanted:
        """Return what is proposed; without a beginning it begins now."""
        sent: dict[str, Any] = self.cleaned_data
        declared = kind_of(sent["kind"])
        # The only parameter there is; a kind that asks for none gets none.
        parameters = {"name": sent["package"]} if declared and declared.parameters else {}
        begins = sent["not_before"] or timezone.now()
        return Wanted(sent["kind"], parameters, begins, sent["until"], sent["words"])


class WaveForm(ProposalForm):
    """The same for many, with how many may fail, and the id of the form itself."""

    form = forms.UUIDField()
    most_failed = forms.IntegerField(min_value=0, max_value=50)


class PolicyForm(PortalForm):
    """A yes beforehand."""

    refusal = "updatepolicy.bad"

    organisation = forms.UUIDField()
    kinds = PickedField()
    days = PickedField()
    begins = forms.TimeField(input_formats=["%H:%M"])
    ends = forms.TimeField(input_formats=["%H:%M"])
    excluded = IdsField()
    good_days = forms.IntegerField(min_value=1, max_value=POLICY_DAYS_AT_MOST)

    def clean(self) -> dict[str, Any]:
        """Refuse a policy without kinds or days."""
        sent: dict[str, Any] = self.cleaned_data
        days = sent.get("days") or []
        if not sent.get("kinds") or not days or not set(days) <= set("0123456"):
            raise ValidationError(say(self.refusal))
        return sent

    def fill(self, policy: Policy) -> Policy:
        """Put what was sent into a policy that is not kept yet."""
        sent: dict[str, Any] = self.cleaned_data
        begins, ends = sent["begins"], sent["ends"]
        policy.kinds = sorted(set(sent["kinds"]))
        policy.days = sorted({int(day) for day in sent["days"]})
        policy.begins = begins.hour * 60 + begins.minute
        policy.ends = ends.hour * 60 + ends.minute
        policy.excluded = sorted({str(one) for one in sent["excluded"]})
        policy.good_until = timezone.now() + timedelta(days=sent["good_days"])
        return policy


class IsolationForm(PortalForm):
    """For how long a device is to be isolated; or that it is to be let in again."""

    hours = forms.ChoiceField(choices=[(one, one) for one in HOURS], required=False)
    release = YesField()


class AnswerForm(PortalForm):
    """Yes, no, or stop."""

    yes = YesField()
    no = YesField()
    stop = YesField()


class SecondForm(PortalForm):
    """Who is to say yes as well; or that nobody has to any more."""

    person = forms.UUIDField(required=False)
    end = YesField()


class SignInForm(PortalForm):
    """The number that came by mail."""

    refusal = "fresh.wrong"

    code = TypedField(at_most=40)
    send = YesField()
