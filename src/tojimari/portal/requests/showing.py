"""How an answer is shown: to the supplier before sending, and to the buyer afterwards."""

from typing import Any

from tojimari.attest.replies import Reply
from tojimari.attest.requirements import Ask
from tojimari.portal.words import current_lang, say


def reply_row(ask: Ask, reply: Reply | None) -> dict[str, Any]:
    """Return one line: what was asked, the answer in words, and what it rests on."""
    lang = current_lang()
    return {
        "ask": ask,
        "title": ask.title.say(lang),
        "reply": reply,
        "state": reply.state if reply else "open",
        "state_words": _state(reply),
        "basis": _basis(reply),
        "words": reply.words if reply else "",
    }


def _state(reply: Reply | None) -> str:
    if reply is None:
        return say("reply.open")
    if reply.state == "planned" and reply.by is not None:
        return say("reply.planned_by", day=f"{reply.by:%Y-%m-%d}")
    return say(f"reply.{reply.state}")


def _basis(reply: Reply | None) -> str:
    """Return what "met" rests on and of when; "" for every other answer."""
    if reply is None or reply.state != "met":
        return ""
    day = f"{reply.on:%Y-%m-%d}"
    if reply.evidence == "measured" and reply.covered and reply.known:
        return say("evidence.measured_of", n=reply.covered, of=reply.known, day=day)
    return say("evidence.on", what=say(f"evidence.{reply.evidence}"), day=day)
