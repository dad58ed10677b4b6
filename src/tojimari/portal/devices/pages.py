"""Devices for their owner: the list in plain words, codes, removal; and the page for phones."""

import uuid
from typing import Any

from django.conf import settings
from django.db import transaction
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from tojimari.assess.phones import PHONE_KIND, SYSTEM_NAMES, gaps, versions
from tojimari.diagnose import Diagnosis
from tojimari.model import OPEN, Finding, Lang, Numbers, Subject
from tojimari.model import seen as observed
from tojimari.model.facts import DeviceOs, DevicePhone
from tojimari.portal.companies.assessments import SILENT_AFTER, mark_stale, result_of
from tojimari.portal.companies.models import Company, Observation
from tojimari.portal.companies.observations import keep
from tojimari.portal.core.access import company_view
from tojimari.portal.core.audit import note, note_by
from tojimari.portal.core.notices import end
from tojimari.portal.core.permissions import Actor, may
from tojimari.portal.devices.followers import forget_with_followers
from tojimari.portal.devices.forms import CodeForm, DeviceForm, PhoneForm
from tojimari.portal.devices.installation import SYSTEMS, System, installing
from tojimari.portal.devices.installer import installer
from tojimari.portal.devices.models import (
    CODE_GOOD_FOR,
    Device,
    EnrolCode,
    Refusal,
    Report,
)
from tojimari.portal.devices.notices import DEVICE_SILENT
from tojimari.portal.devices.packages import forget
from tojimari.portal.devices.rights import DEVICES_MANAGE, DEVICES_READ, DEVICES_WRITE
from tojimari.portal.errors import refused
from tojimari.portal.limits import address_of, too_often
from tojimari.portal.links import whole_address
from tojimari.portal.visitors import computer_of, phone_of
from tojimari.portal.words import catalog, current_lang, say
from tojimari.report.instructions import Line, lines_of

REFUSALS_SHOWN = 5
SHOWN_VERSIONS = 12
PHONE_ASKED_AS = (
    ("version", "version"),
    ("updated", "up_to_date"),
    ("lock", "screen_lock"),
)
"""What is asked about a phone: our text's key, and the field of the fact."""
PHONE_ASKED = tuple(field for _, field in PHONE_ASKED_AS)


def cards(company: Company, result: Diagnosis) -> list[dict[str, Any]]:
    """Return each device with its state in plain words: what is open, and since when unseen."""
    lang = current_lang()
    of_devices = (o for o in result.observations if o.subject.kind == "device")
    newest = sorted(of_devices, key=lambda o: o.last_confirmed_at)
    facts = {(o.subject.id, o.kind): o for o in newest}
    measured: dict[str, list[Finding]] = {}
    for standing in result.assessment.controls.values():
        for finding in standing.measured:
            measured.setdefault(finding.subject.id, []).append(finding)
    found = []
    for device in Device.objects.of(company).filter(removed_at=None).order_by("enrolled_at"):
        subject = str(device.pk)
        phone = facts.get((subject, PHONE_KIND))
        if phone is not None and isinstance(phone.fact, DevicePhone):
            gaps_here = gaps(phone.fact, timezone.localdate())
            unseen = sum(getattr(phone.fact, name) is None for name in PHONE_ASKED)
        else:
            own = measured.get(subject, [])
            gaps_here = [(f.control, f.reason, f.numbers) for f in own if f.state in OPEN]
            unseen = sum(f.state == "unknown" for f in own)
        os = facts.get((subject, DeviceOs.KIND))
        seen = device.last_report_at
        found.append(
            {
                "device": device,
                "called": device.name
                or result.device_names.get(subject)
                or SYSTEM_NAMES.get(device.system)
                or say("devices.nameless"),
                "open": [_gap(*gap, lang) for gap in gaps_here],
                "unseen": unseen,
                "os": os.fact.name if os is not None and isinstance(os.fact, DeviceOs) else "",
                "phone": SYSTEM_NAMES.get(device.system, ""),
                "seen": seen,
                "silent": (seen or device.enrolled_at) < timezone.now() - SILENT_AFTER,
                "waiting": device.look_wanted_at is not None
                and (seen is None or device.look_wanted_at > seen),
            }
        )
    return found


def _gap(control: str, reason: str, numbers: Numbers, lang: Lang) -> dict[str, str]:
    return {
        "control": control,
        "title": catalog().controls[control].title.say(lang),
        "sentence": catalog().reason(control, reason).text.say(lang, **numbers),
    }


@company_view(DEVICES_READ)
@require_safe
def devices(request: HttpRequest, company: Company) -> HttpResponse:
    """List the devices, and what was refused lately."""
    refusals = Refusal.objects.of(company).select_related("device").order_by("-at")[:REFUSALS_SHOWN]
    return render(
        request,
        "devices.html",
        {
            "company": company,
            "cards": cards(company, result_of(company)),
            "refusals": refusals,
            "asked": request.GET.get("asked", "") in catalog().controls,
        },
    )


@company_view(DEVICES_WRITE)
@require_POST
def code(request: HttpRequest, company: Company, kind: str) -> HttpResponse:
    """Make a fresh code for a computer or a phone and lead to the page that shows it."""
    _, letters = EnrolCode.make(company, kind, request.user)
    note_by(request, "code.made", company, kind=kind)
    if kind == Device.PHONE and settings.LOCAL:
        # No phone can reach this computer: its owner answers here, phone in hand.
        return redirect("devices:phone", letters)
    form = DeviceForm(request.POST)
    name = form.cleaned_data["name"] if form.is_valid() else ""
    query = {"name": name} if name else None
    return redirect(reverse("devices:shown_code", args=[company.pk, letters], query=query))


@company_view(DEVICES_WRITE)
@require_safe
def shown_code(request: HttpRequest, company: Company, letters: str) -> HttpResponse:
    """Show a code of the company that is still good, with what to do with it."""
    found = EnrolCode.open_for(company, letters, timezone.now())
    if found is None:
        return redirect("devices:devices", company.pk)
    address = whole_address("devices:phone", letters)
    name = request.GET.get("name", "")
    minutes = int(CODE_GOOD_FOR.total_seconds() // 60)
    return render(
        request,
        "code.html",
        {
            "company": company,
            "kind": found.kind,
            "letters": letters,
            "minutes": minutes,
            "address": address,
            "qr": qr(address) if found.kind == Device.PHONE else "",
            "systems": [(system, installing(system, letters, name)) for system in SYSTEMS],
            "hand_on": _hand_on(system_first(request), letters, name, minutes),
            "open_first": system_first(request),
            "setup": whole_address("devices:setup", letters) if installer() else "",
        },
    )


def _hand_on(system: System, letters: str, name: str, minutes: int) -> str:
    """Return the text for whoever sits before the computer."""
    if system == "windows" and installer():
        address = whole_address("devices:setup", letters)
        return say("code.hand_on_setup", minutes=minutes, address=address)
    return say(
        "code.hand_on_text", minutes=minutes, lines="\n".join(installing(system, letters, name))
    )


def system_first(request: HttpRequest) -> System:
    """Return the system whose steps stand open: that of the reader, else Windows."""
    claimed = computer_of(request)
    return next((system for system in SYSTEMS if system == claimed), "windows")


def qr(address: str) -> str:
    """Return a QR code as SVG that grows with the page, drawn with black squares."""
    import segno

    made = segno.make(address, error="m", micro=False)
    return str(
        made.svg_inline(
            border=3,
            dark="#000",
            light="#fff",
            svgclass="qr",
            lineclass=None,
            omitsize=True,
        )
    )


@company_view(DEVICES_MANAGE)
@require_POST
def rename(request: HttpRequest, company: Company, device_id: uuid.UUID) -> HttpResponse:
    """Give a device a name people know it by."""
    device = get_object_or_404(Device.objects.of(company), pk=device_id, removed_at=None)
    form = DeviceForm(request.POST)
    if not form.is_valid():
        return refused(request, form.sentence())
    device.name = form.cleaned_data["name"]
    device.save(update_fields=["name"])
    return redirect("devices:devices", company.pk)


@company_view(DEVICES_MANAGE)
@require_http_methods(["GET", "HEAD", "POST"])
def remove(request: HttpRequest, company: Company, device_id: uuid.UUID) -> HttpResponse:
    """Ask once more, then remove: its facts are deleted, its key is refused from now on."""
    device = get_object_or_404(Device.objects.of(company), pk=device_id, removed_at=None)
    if request.method != "POST":
        return render(request, "remove_device.html", {"company": company, "device": device})
    with transaction.atomic():
        # A report that arrives right now waits, and is then refused.
        Company.objects.select_for_update().get(pk=company.pk)
        Observation.objects.of(company).filter(
            subject_kind="device", subject_id=str(device.pk)
        ).delete()
        Report.objects.of(company).filter(device=device).delete()
        Device.objects.of(company).filter(pk=device.pk).update(
            removed_at=timezone.now(), name="", system="", last_report_at=None
        )
        end(company, DEVICE_SILENT, str(device.pk), put_away=True)
        forget(device)
        forget_with_followers(device)
        note_by(request, "device.removed", company)
    mark_stale(company)
    return redirect("devices:devices", company.pk)


@require_http_methods(["GET", "HEAD", "POST"])
def phone_code(request: HttpRequest) -> HttpResponse:
    """Ask for the code when somebody came without the link."""
    if request.method == "POST":
        form = CodeForm(request.POST)
        letters = form.cleaned_data["code"] if form.is_valid() else ""
        return redirect("devices:phone", letters or "x")
    return render(request, "phone_code.html")


@require_http_methods(["GET", "HEAD", "POST"])
def phone(request: HttpRequest, letters: str) -> HttpResponse:
    """Let the person who holds a phone say its version and lock; nobody has to sign in."""
    if too_often("phone", address_of(request), times=30, seconds=600):
        return refused(request, say("error.too_often"), code=429)
    now = timezone.now()
    with transaction.atomic():
        good = EnrolCode.usable(letters, Device.PHONE, now)
        if good is None:
            return render(request, "phone_code.html", {"bad": True}, status=404)
        if request.method == "POST":
            form = PhoneForm(request.POST)
            if not form.is_valid():
                system = form.cleaned_data.get("system", "")
                return _phone_form(request, letters, system, problem=form.sentence())
            return _keep_phone(request, good, form)
    return _phone_form(request, letters, request.GET.get("system", ""))


def _phone_form(
    request: HttpRequest, letters: str, system: str, *, problem: str = ""
) -> HttpResponse:
    if system not in SYSTEM_NAMES:
        system = phone_of(request)
    return render(
        request,
        "phone.html",
        {
            "letters": letters,
            "system": system,
            "systems": SYSTEM_NAMES,
            "versions": versions(system)[:SHOWN_VERSIONS] if system else [],
            "problem": problem,
        },
        status=400 if problem else 200,
    )


def _keep_phone(request: HttpRequest, good: EnrolCode, form: PhoneForm) -> HttpResponse:
    now, company, phone = timezone.now(), good.company, form.phone()
    good.used_at = now
    good.save(update_fields=["used_at"])
    name = form.cleaned_data["name"]
    known = {"kind": Device.PHONE, "name": name, "system": phone.system, "removed_at": None}
    # A phone of the same name is the same one, looked at again: what it lacked may be mended.
    device = Device.objects.of(company).filter(**known).first() if name else None
    if device is None:
        device = Device.objects.of(company).create(company=company, last_report_at=now, **known)
    else:
        Device.objects.of(company).filter(pk=device.pk).update(last_report_at=now)
    keep(
        company,
        [observed(phone, subject=Subject("device", str(device.pk)), source="answered", at=now)],
    )
    name = device.name or SYSTEM_NAMES[device.system]
    note("phone.answered", company=company, actor=None, actor_as="device", name=name)
    mark_stale(company)
    from tojimari.portal.companies.tasks import judge_again

    judge_again.enqueue(str(company.pk))
    return _phone_done(request, company, phone)


def _phone_done(request: HttpRequest, company: Company, phone: DevicePhone) -> HttpResponse:
    """Say what to put right on the phone, and what nobody knew."""
    lang, android = current_lang(), phone.system == "android"
    found = []
    for control, reason, numbers in gaps(phone, timezone.localdate()):
        steps = catalog().controls[control].how.get("android" if android else "ios", ())
        how = [*lines_of(steps, catalog(), lang)]
        if reason == "phone_ended":
            how.append(Line(say("phone.ended")))
        found.append({**_gap(control, reason, numbers, lang), "how": how})
    unknown = [say(f"phone.{key}") for key, name in PHONE_ASKED_AS if getattr(phone, name) is None]
    own = request.user.is_authenticated and may(Actor(user=request.user), DEVICES_READ, company)
    back = reverse("devices:devices", args=[company.pk]) if own else ""
    return render(request, "phone_done.html", {"gaps": found, "unknown": unknown, "back": back})
