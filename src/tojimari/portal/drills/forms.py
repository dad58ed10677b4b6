"""What is sent to the pages of drills."""

import re
from typing import Any, ClassVar

import msgspec
from django import forms
from django.core.exceptions import ValidationError
from django.utils import timezone

from tojimari.catalog.drill_template import DrillCue, DrillTemplate
from tojimari.catalog.phish_scale import APPLIES, LEVELS, Premise
from tojimari.drills.schedule import DAYS_AT_MOST
from tojimari.model import Text
from tojimari.portal.drills.models import (
    KEEP_DAYS,
    TITLE_LETTERS,
    DrillConsent,
)
from tojimari.portal.forms import NameField, PickedField, PortalForm, TypedField, YesField
from tojimari.portal.words import catalog, say

PREMISES = ("process", "relevance", "events", "consequences")
_LOCAL_PART = re.compile(r"[a-z0-9][a-z0-9._-]{0,39}")
_ADDRESS = re.compile(r"(?i)https?://|www\.|\b[\w.+-]+@[\w-]+\.\w")
FILE_BYTES = 5_000_000


class StepForm(PortalForm):
    """How a person's step on the page came about."""

    how = forms.ChoiceField(choices=[("visible", ""), ("pressed", "")])


class ObjectForm(PortalForm):
    """Whether somebody who objected wants to be in again; else they object."""

    takes_in = YesField()


class ConsentForm(PortalForm):
    """The consent: every box that has to be ticked, and the choices that stay."""

    refusal: ClassVar[str] = "drillconsent.tick_all"

    agree = YesField()
    staff_told = YesField()
    names = forms.ChoiceField(choices=[(DrillConsent.NOBODY, ""), (DrillConsent.OWNER, "")])
    keep_days = forms.TypedChoiceField(choices=[(one, "") for one in KEEP_DAYS], coerce=int)
    pooled = YesField()

    def clean(self) -> None:
        """Refuse it without the yes; persons are only named where they were told before."""
        if not self.cleaned_data.get("agree"):
            raise ValidationError(say("drillconsent.tick_all"))
        if self.cleaned_data.get("names") == DrillConsent.OWNER and not self.cleaned_data.get(
            "staff_told"
        ):
            raise ValidationError(say("drillconsent.told_first"))


class DrillForm(PortalForm):
    """What is planned; whose templates there are is asked where the company is known."""

    refusal: ClassVar[str] = "drillplan.wrong"

    title = NameField(at_most=TITLE_LETTERS)
    level = forms.ChoiceField(choices=[(one, "") for one in LEVELS])
    lang = forms.ChoiceField(choices=[("ja", ""), ("en", "")])
    templates = PickedField()
    starts_on = forms.DateField()
    days = forms.IntegerField(min_value=1, max_value=DAYS_AT_MOST)
    everybody = forms.ChoiceField(choices=[("all", ""), ("some", "")], required=False)
    chosen = PickedField()
    seed = forms.EmailField(required=False, max_length=254)
    with_form = YesField()

    def clean(self) -> None:
        """Refuse days that have passed, and a drill for nobody."""
        day = self.cleaned_data.get("starts_on")
        if day is not None and day < timezone.localdate():
            raise ValidationError(say("drillplan.past"))
        if day is not None and (day - timezone.localdate()).days > 180:
            raise ValidationError(say("drillplan.far"))


class RoundForm(DrillForm):
    """What a supporter proposes, and to which companies."""

    companies = PickedField()
    trial = YesField()

    def clean(self) -> None:
        """Refuse a proposal to nobody."""
        super().clean()
        if not self.cleaned_data.get("companies"):
            raise ValidationError(say("drillround.no_company"))


class OwnTemplateForm(PortalForm):
    """A mail in a company's own words, with its cues ticked and its story rated."""

    refusal: ClassVar[str] = "drilltemplate.wrong"

    title = NameField(at_most=TITLE_LETTERS)
    kind = forms.ChoiceField(choices=[("link", ""), ("attachment", ""), ("reply", "")])
    sender = NameField(at_most=60)
    local_part = TypedField(at_most=40)
    subject = NameField(at_most=120)
    body = TypedField(at_most=5000)
    attachment = NameField(at_most=80)
    cues = PickedField()
    imitates_nobody = YesField()
    process = forms.TypedChoiceField(choices=[(one, "") for one in APPLIES], coerce=int)
    relevance = forms.TypedChoiceField(choices=[(one, "") for one in APPLIES], coerce=int)
    events = forms.TypedChoiceField(choices=[(one, "") for one in APPLIES], coerce=int)
    consequences = forms.TypedChoiceField(choices=[(one, "") for one in APPLIES], coerce=int)

    def clean(self) -> None:
        """Refuse what could do harm, or could not be sent: each with its own sentence."""
        sent = self.cleaned_data
        why = ""
        if not all(sent.get(name) for name in ("title", "sender", "subject", "body")):
            why = "empty"
        elif not _LOCAL_PART.fullmatch(sent.get("local_part", "")):
            why = "local_part"
        elif not sent.get("imitates_nobody"):
            why = "imitates"
        elif _ADDRESS.search(f"{sent['subject']} {sent['body']}"):
            why = "foreign_address"
        elif sent.get("kind") == "link" and "{link}" not in sent["body"]:
            why = "no_link"
        elif sent.get("kind") != "link" and "{link}" in sent["body"]:
            why = "link_too_many"
        elif sent.get("kind") == "attachment" and not sent.get("attachment"):
            why = "no_file"
        elif any(each not in catalog().drill_cues for each in sent.get("cues", ())):
            why = "wrong"
        if why:
            raise ValidationError(say(f"drilltemplate.{why}"))

    def template(self) -> DrillTemplate:
        """Return the template. Call when valid."""
        sent = self.cleaned_data

        def both(words: str) -> Text:
            return Text(ja=words, en=words)

        return DrillTemplate(
            id="own",
            order=1,
            kind=sent["kind"],
            scene="own",
            title=both(sent["title"]),
            sender=both(sent["sender"]),
            local_part=sent["local_part"],
            subject=both(sent["subject"]),
            body=both(sent["body"].replace("\r\n", "\n")),
            cues=tuple(DrillCue(each, "body") for each in dict.fromkeys(sent["cues"])),
            premise=Premise(**{name: sent[name] for name in PREMISES}),
            sources=(),
            as_of=timezone.localdate(),
            attachment=both(sent["attachment"]) if sent["kind"] == "attachment" else None,
        )

    def content(self) -> Any:
        """Return the template as it is kept. Call when valid."""
        return msgspec.to_builtins(self.template())


class SwitchForm(PortalForm):
    """Whether the page for the people is on; ``new`` is on with another link."""

    to = forms.ChoiceField(choices=[("on", ""), ("new", ""), ("off", "")])


class AddressForm(PortalForm):
    """The address of whoever does not want to be in drills."""

    refusal: ClassVar[str] = "drillstaff.wrong"

    email = forms.EmailField(max_length=254)


class FileForm(PortalForm):
    """A file that is handed in."""

    refusal: ClassVar[str] = "drillfile.none"

    file = forms.FileField()

    def clean_file(self) -> bytes:
        """Return its bytes; refuse one that is too large."""
        found = self.cleaned_data["file"]
        if found.size > FILE_BYTES:
            raise ValidationError(say("drillfile.none"))
        return bytes(found.read())
