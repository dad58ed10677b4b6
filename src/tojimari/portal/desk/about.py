"""What a question is about: what of it goes along, in words, exactly as the asker sees it before."""

import hashlib
from collections.abc import Callable
from typing import Any

import msgspec

from tojimari.lib.printable import printable
from tojimari.portal.companies.assessments import result_of
from tojimari.portal.core.permissions import Actor, may
from tojimari.portal.core.rights import COMPANY_READ
from tojimari.portal.desk.tickets import ticket_id
from tojimari.portal.devices.pages import cards
from tojimari.portal.devices.rights import DEVICES_READ
from tojimari.portal.incidents.record import playbook_of, seen_by
from tojimari.portal.incidents.rights import INCIDENTS_READ
from tojimari.portal.mailcheck.models import Judged
from tojimari.portal.mailcheck.rights import MAIL_READ
from tojimari.portal.words import catalog, current_lang, say
from tojimari.report.page import control_card
from tojimari.report.phrases import state_word

_ROWS = 20


class About(msgspec.Struct, frozen=True):
    """A thing somebody asks about.

    Attributes:
        kind, id: what it is: ``control``, ``device``, ``mail`` (a verdict), ``incident``.
        title: in the reader's language.
        lines: what goes along, one line each.
    """

    kind: str
    id: str
    title: str
    lines: tuple[str, ...]

    @property
    def text(self) -> str:
        """What goes along, as it is kept."""
        return "\n".join((self.title, *self.lines))

    @property
    def digest(self) -> str:
        """What tells this text from another."""
        return hashlib.sha256(self.text.encode()).hexdigest()

    @property
    def urgent(self) -> bool:
        """Whether it cannot wait like others."""
        return self.kind == "incident"


def about_of(actor: Actor, company: Any, kind: str, id_: str) -> About | None:
    """Return what is asked about, as far as the asker may see it; None for nothing such."""
    make = _KINDS.get(kind)
    if make is None or not may(actor, make[0], company):
        return None
    return make[1](actor, company, id_)


def _control(actor: Actor, company: Any, id_: str) -> About | None:
    entry = catalog().controls.get(id_)
    if entry is None:
        return None
    lang = current_lang()
    found = result_of(company)
    card = control_card(id_, found, catalog(), lang, commands=False)
    state = state_word(found.assessment.controls[id_].state, catalog(), lang)
    lines = [say("deskabout.state", state=state), *_sentences(card)]
    return About("control", id_, entry.title.say(lang), tuple(lines[:_ROWS]))


def _sentences(card: dict[str, Any]) -> list[str]:
    return [printable(str(row["sentence"])) for row in card.get("rows", ()) if row.get("sentence")]


def _device(actor: Actor, company: Any, id_: str) -> About | None:
    key = ticket_id(id_)
    card = next(
        (one for one in cards(company, result_of(company)) if one["device"].pk == key), None
    )
    if key is None or card is None:
        return None
    lines = [str(card["os"] or card["phone"])] if card["os"] or card["phone"] else []
    lines += [f"{one['title']}: {one['sentence']}" for one in card["open"][:_ROWS]]
    if not card["open"]:
        lines.append(say("deskabout.nothing_open"))
    return About("device", id_, str(card["called"]), tuple(printable(line) for line in lines))


def _mail(actor: Actor, company: Any, id_: str) -> About | None:
    key = ticket_id(id_)
    row = Judged.objects.of(company).filter(pk=key).first() if key else None
    if row is None:
        return None
    trick = catalog().tricks.get(row.trick)
    lines = [say(f"mail.level.{row.level}")]
    if trick is not None:
        lines.append(say("mail.trick", title=trick.title.say(current_lang())))
    if row.sender:
        lines.append(f"{say('mail.place.sender')}: {printable(row.sender)}")
    return About("mail", id_, say("deskabout.mail"), tuple(lines))


def _incident(actor: Actor, company: Any, id_: str) -> About | None:
    key = ticket_id(id_)
    row = seen_by(actor, company).filter(pk=key).first() if key else None
    if row is None:
        return None
    from tojimari.portal.people.templatetags.words import minute

    lines = [say("incident.known", when=minute(row.known_at))]
    lines += [printable(line) for line in row.summary.split("\n")[:_ROWS] if line.strip()]
    return About("incident", id_, playbook_of(row).title.say(current_lang()), tuple(lines))


_KINDS: dict[str, tuple[str, Callable[[Actor, Any, str], About | None]]] = {
    "control": (COMPANY_READ, _control),
    "device": (DEVICES_READ, _device),
    "mail": (MAIL_READ, _mail),
    "incident": (INCIDENTS_READ, _incident),
}
"""Kind -> the right that its page needs, and what makes its lines."""
