"""First steps and telephone numbers, one tap from every page, without signing in."""

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from tojimari.portal.words import current_lang
from tojimari.respond import Contact, load_guide


@require_safe
def now(request: HttpRequest) -> HttpResponse:
    """Ask what happened; below, the numbers that always help."""
    guide, lang = load_guide(), current_lang()
    return render(
        request,
        "now.html",
        {
            "always": [text.say(lang) for text in guide.always],
            "emergencies": [(key, one.title.say(lang)) for key, one in guide.emergencies.items()],
            "contacts": [
                _shown(guide.contacts[key])
                for key in ("police_now", *guide.emergencies["other"].contacts)
            ],
        },
    )


@require_safe
def first_steps(request: HttpRequest, emergency: str) -> HttpResponse:
    """Show what to do in the first ten minutes, and whom to call in which order."""
    guide, lang = load_guide(), current_lang()
    found = guide.emergencies.get(emergency)
    if found is None:
        raise Http404
    return render(
        request,
        "first_steps.html",
        {
            "title": found.title.say(lang),
            "first": [text.say(lang) for text in found.first],
            "always": [text.say(lang) for text in guide.always],
            "contacts": [_shown(guide.contacts[key]) for key in found.contacts],
        },
    )


def _shown(contact: Contact) -> dict[str, str]:
    lang = current_lang()
    return {
        "name": contact.name.say(lang),
        "purpose": contact.purpose.say(lang),
        "phone": contact.phone,
        "mail": contact.mail,
        "hours": contact.hours.say(lang) if contact.hours else "",
        "source": contact.source.say(lang),
        "checked": contact.checked.isoformat(),
        "mark": contact.mark,
    }
