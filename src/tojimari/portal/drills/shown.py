"""How templates and their cues are shown on pages."""

from email.header import decode_header, make_header
from typing import Any

from tojimari.catalog.drill_template import DrillTemplate
from tojimari.model import Lang
from tojimari.portal.drills.letters import quoted, sender_of, wording
from tojimari.portal.links import whole_address
from tojimari.portal.words import catalog, current_lang, say

_EXAMPLE = "example" * 4 + "aaaa"


def cues_of(
    template: DrillTemplate, lang: Lang, *, name: str, company: str
) -> list[dict[str, str]]:
    """Return the cues of a mail that went in ``lang``, in the reader's words.

    What a cue quotes is filled as in the mail to ``name``: nobody received ``{today}``.
    """
    reader = current_lang()
    found = []
    for cue in template.cues:
        kind = catalog().drill_cues[cue.cue]
        at = cue.at
        found.append(
            {
                "name": kind.name.say(reader),
                "at": quoted(at.ja if lang == "ja" else at.en, lang, name=name, company=company)
                if at is not None
                else "",
                "why": (cue.why or kind.why).say(reader),
                "place": say(f"drillplace.{cue.place}"),
            }
        )
    return found


def preview_of(template: DrillTemplate, lang: Lang, *, name: str, company: str) -> dict[str, Any]:
    """Return a mail as it would be received; its link leads nowhere."""
    link = whole_address("drills:landing", _EXAMPLE)
    written = wording(template, lang, name=name, company=company, link=link, qr="")
    return {
        # As a mail program shows it: the coded words of a header are for programs.
        "from": str(make_header(decode_header(sender_of(written)))),
        "sender": written.sender_name,
        "subject": written.subject,
        "paragraphs": paragraphs_of(template, written.text, link),
        "label": template.mail(lang) and _label(template, lang),
        "file": written.attachment,
        "look": template.look,
    }


def _label(template: DrillTemplate, lang: Lang) -> str:
    if template.link_text is None:
        return ""
    return template.link_text.ja if lang == "ja" else template.link_text.en


def paragraphs_of(template: DrillTemplate, text: str, link: str) -> list[tuple[str, str]]:
    """Return (what it is, words) of each paragraph: ``link``, ``code`` or ``text``."""
    found = []
    for part in text.strip().split("\n\n"):
        plain = part.strip()
        if plain == link:
            found.append(("link", plain))
        elif not plain and template.has_qr:
            found.append(("code", ""))
        elif plain:
            found.append(("text", plain))
    return found


def level_word(template: DrillTemplate) -> str:
    """Return how hard a mail is to detect, as people choose it."""
    return say(f"drill.level_{template.level}")
