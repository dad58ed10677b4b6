"""``tojimari site watch DOMAIN``: tell what changed on a web site since the last look."""

import argparse
import sys
from functools import partial
from typing import TYPE_CHECKING

import msgspec

from tojimari.cli.session import Session, progress, session
from tojimari.model import Lang, NotSeen, TojimariError, shown_name
from tojimari.store.baselines import BaselineFolder

if TYPE_CHECKING:  # the parts that look from outside are an extra
    from tojimari.assess.defacement.result import WatchResult
    from tojimari.collect.outside.egress import Egress
    from tojimari.collect.outside.target import Target

_NOTES_SHOWN = 12


def run(arguments: argparse.Namespace, lang: Lang, domain: str, egress: "Egress") -> int:
    """Watch one site. Returns 0 when nothing is alarming, 1 on alarms, 2 when it was not seen."""
    from tojimari.collect.outside.target import target_of

    others = ("many", "address", "registration", "mail", "page")
    if any(getattr(arguments, name) for name in others) or arguments.format == "oscal":
        raise TojimariError(
            "watch と一緒に使えるのは --accept・--json・--resolver と --lab の仲間だけです。",
            "watch goes only with --accept, --json, --resolver and the options of --lab.",
        )
    with session(arguments, lang) as s:
        target = target_of(domain, egress=egress)
        seen = watch(s, target, egress, accept=arguments.accept)
        s.diagnosis(keep=True)
        if arguments.format == "json":
            sys.stdout.write(_document(target.site, seen) + "\n")
        else:
            _show(s, target.site, seen, accepted=arguments.accept)
        if isinstance(seen, NotSeen):
            return 2
        return 1 if any(change.severity == "alarm" for change in seen.changes) else 0


def watch(
    s: Session, target: "Target", egress: "Egress", *, accept: bool = False
) -> "WatchResult | NotSeen":
    """Look at ``target``, store the fact and the baseline of the next look."""
    from tojimari.assess.defacement.baseline import decode, encode
    from tojimari.defacement import watch_site

    baselines = BaselineFolder(s.store.path)
    data = None if accept else baselines.read(target.site)
    observation, look = watch_site(
        target,
        egress,
        decode(data) if data is not None else None,
        catalog=s.catalog,
        at=s.as_of,
        accept=accept,
        progress=progress(s, "site.looking") if sys.stderr.isatty() else None,
    )
    if look is not None:
        # First what is compared with: told of a change twice is better than never.
        baselines.write(target.site, encode(look.baseline))
    s.store.save([observation], s.catalog)
    return look or observation.not_seen or NotSeen("our_bug")


def _document(site: str, seen: "WatchResult | NotSeen") -> str:
    if isinstance(seen, NotSeen):
        return msgspec.json.encode({"site": site, "seen": False, "why": seen}).decode()
    document = {
        "site": site,
        "seen": True,
        "first": seen.first,
        "baseline_at": seen.baseline.since,
        "pages": seen.pages,
        "alarms": [change for change in seen.changes if change.severity == "alarm"],
        "notes": [change for change in seen.changes if change.severity == "note"],
    }
    return msgspec.json.encode(document).decode()


def _show(s: Session, site: str, seen: "WatchResult | NotSeen", *, accepted: bool) -> None:
    from tojimari.assess.defacement.result import distinct
    from tojimari.report.paragraph import console_of_command, put

    out, site = partial(put, console_of_command()), shown_name(site)
    if isinstance(seen, NotSeen):
        if seen.reason == "error_answered":
            status = seen.detail.partition(":")[0].removeprefix("HTTP ")
            out(s.say("watch.answered", site=site, status=status), 0)
        else:
            out(s.say("watch.unseen", site=site, why=s.say(f"unknown.{seen.reason}")), 0)
        return
    command = f"tojimari site watch {site}"
    out(s.say("watch.head", site=site, n=seen.pages), 0)
    out("", 0)
    alarms = distinct(tuple(change for change in seen.changes if change.severity == "alarm"))
    notes = distinct(tuple(change for change in seen.changes if change.severity == "note"))
    if alarms:
        out("× " + s.say("watch.alarms", n=len(alarms)), 2)
    for change, n in alarms:
        out("・" + s.say(f"watch.{change.kind}", what=change.evidence).strip(), 4)
        key = "watch.on" if n == 1 else "watch.on_many"
        out(s.say(key, page=change.page, n=n), 6)
    if notes:
        out("○ " + s.say("watch.notes", n=len(notes)), 2)
    for change, _ in notes[:_NOTES_SHOWN]:
        sentence = s.say(f"watch.{change.kind}", what=change.evidence).strip()
        out(f"・{sentence} ({change.page})", 4)
    if len(notes) > _NOTES_SHOWN:
        out(s.say("watch.more", n=len(notes) - _NOTES_SHOWN), 4)
    if alarms:
        out("", 0)
        for step in ("watch.do_1", "watch.do_2", "watch.do_3"):
            out(s.say(step, site=site, command=command), 2)
    if accepted:
        out(s.say("watch.accepted"), 2)
    elif seen.first:
        out(s.say("watch.begun", command=command), 2)
    elif not alarms and not notes:
        out(s.say("watch.same", day=f"{seen.baseline.since.astimezone():%Y-%m-%d}"), 2)
    elif not alarms:
        out(s.say("watch.only_notes", n=len(notes)), 2)
    out("", 0)
    out(s.say("site.own_only"), 0)
