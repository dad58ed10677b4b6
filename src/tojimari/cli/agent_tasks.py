"""``tojimari agent`` tasks, allow, refuse, release, log and act: what a portal may have done on this device."""

import argparse
import sys
from typing import TYPE_CHECKING
from uuid import UUID

from tojimari.cli.printing import print_line
from tojimari.model import Lang, Text, TojimariError

if TYPE_CHECKING:
    from tojimari.agent.actor.store import Line, Pin


def run(arguments: argparse.Namespace, lang: Lang) -> int:
    """Do one of the verbs about tasks. What they need is not there on other systems."""
    from tojimari.collect.look import current_system

    if current_system() != "linux":
        raise TojimariError(
            "離れた所からの作業は、いまは Linux (Debian など) だけです。",
            "Work from afar is for Linux (Debian and its kin) only for now.",
        )
    verbs = {
        "allow": allow,
        "refuse": refuse,
        "release": release,
        "tasks": tasks,
        "log": log,
        "act": act,
    }
    return verbs[arguments.what](arguments, lang)


def allow(arguments: argparse.Namespace, lang: Lang) -> int:
    """Show whom this device would trust, and trust it when root says yes."""
    from tojimari.agent.actor import consent, grounds
    from tojimari.agent.actor.store import Store
    from tojimari.catalog import load_catalog

    grounds.require_root()
    grounds.require_own_ground(whole=True)
    kinds = load_catalog().task_kinds
    chosen = consent.allowed_kinds(kinds, arguments.kinds, "linux")
    home = consent.looker_home(arguments.home)
    pin = consent.proposed_pin(home, chosen, key=arguments.key, untried=arguments.untried)
    store = Store()
    if arguments.kinds:
        pin = consent.with_known_kinds(store, pin)
    for line in _shown(pin, lang):
        print_line(line)
    if not _confirmed(pin, arguments.fingerprint, lang):
        print_line("何も変えていません。" if lang == "ja" else "Nothing was changed.")
        return 1
    runs = consent.allow(store, pin)
    print_line(
        "この機器での作業を許しました。やめるには `sudo tojimari agent refuse --all` です。"
        if lang == "ja"
        else "Work on this device is allowed. `sudo tojimari agent refuse --all` ends that."
    )
    if not runs:
        print_line(
            "systemd で動かせませんでした。`systemctl status tojimari-actor.path` を見てください。"
            if lang == "ja"
            else "systemd did not take it. See `systemctl status tojimari-actor.path`."
        )
    return 0 if runs else 1


def _shown(pin: "Pin", lang: Lang) -> list[str]:
    from tojimari.agent.tasks import key_id
    from tojimari.catalog import load_catalog
    from tojimari.lib.printable import printable

    # The looker, who is not root, wrote these: no line of theirs may stand where the key stands.
    company, portal = printable(pin.company), printable(pin.portal)
    kinds = load_catalog().task_kinds
    named = [kinds[one].title.say(lang) for one in pin.kinds if one in kinds]
    if lang == "ja":
        return [
            f"会社: {company}",
            f"会社のページ: {portal}",
            f"作業の鍵: {key_id(pin.key)}",
            "許す作業:",
            *(f"  ・{one}" for one in named),
        ]
    return [
        f"Company: {company}",
        f"Portal: {portal}",
        f"Task key: {key_id(pin.key)}",
        "Allowed work:",
        *(f"  - {one}" for one in named),
    ]


def _confirmed(pin: "Pin", typed: str, lang: Lang) -> bool:
    from tojimari.agent.actor.consent import same_fingerprint
    from tojimari.agent.actor.store import ActorError

    if typed:
        if same_fingerprint(pin, typed):
            return True
        raise ActorError(
            "鍵が違います。会社のページの「遠くからの更新」に出ている鍵と見くらべてください。",
            "The key is another one. Compare it with the one on the portal's page 'Updates from afar'.",
        )
    if not sys.stdin.isatty():
        raise ActorError(
            "`--fingerprint` に、会社のページの「遠くからの更新」に出ている鍵を書いてください。",
            "Give the key shown on the portal's page 'Updates from afar' with `--fingerprint`.",
        )
    ask = (
        "会社のページの「遠くからの更新」に出ている鍵と同じなら、yes と入力してください: "
        if lang == "ja"
        else "If the portal's page 'Updates from afar' shows the same key, type yes: "
    )
    sys.stdout.write(ask)
    sys.stdout.flush()
    return sys.stdin.readline().strip().lower() in ("yes", "はい")


def refuse(arguments: argparse.Namespace, lang: Lang) -> int:
    """Stop one task, a kind, everything for now, or everything for good."""
    from tojimari.agent.actor import consent, grounds
    from tojimari.agent.actor.store import Store
    from tojimari.agent.taskbox import TaskBox
    from tojimari.catalog import load_catalog

    store = Store()
    chosen = [bool(arguments.task), bool(arguments.kind), arguments.all]
    if sum(chosen) > 1:
        raise TojimariError(
            "作業の番号、--kind、--all は、どれか一つだけ書けます。",
            "Give only one of a task, --kind and --all.",
        )
    if arguments.task:
        home, task = consent.looker_home(arguments.home), _task_id(arguments.task)
        with consent.as_owner_of(home):
            TaskBox(home).stop(task)
        said = ("止めるように伝えました。", "Asked to stop it.")
    elif arguments.kind:
        grounds.require_root()
        was = consent.refuse_kind(store, arguments.kind)
        said = (
            ("この作業は、もう行いません。", "This kind is not done any more.")
            if was
            else ("この作業は、もともと許していません。", "This kind was not allowed.")
        )
    elif arguments.all:
        grounds.require_root()
        consent.refuse_all(store, load_catalog().task_kinds)
        said = ("もう、離れた所からの作業は行いません。", "No work from afar is done any more.")
    else:
        grounds.require_root()
        store.make()
        store.save("stop", b"")
        said = (
            "止めました。`sudo tojimari agent allow` で、また許せます。",
            "Stopped. `sudo tojimari agent allow` allows it again.",
        )
    print_line(said[0] if lang == "ja" else said[1])
    return 0


def release(arguments: argparse.Namespace, lang: Lang) -> int:
    """End this device's isolation, because somebody who is root at it says so."""
    from tojimari.agent.actor import grounds
    from tojimari.agent.actor.isolation import IsolationEngine

    grounds.require_root()
    if IsolationEngine().release_here():
        print_line(
            "元に戻しました。この機器は、また通信できます。"
            if lang == "ja"
            else "The isolation is over. This device uses the network again."
        )
    else:
        print_line("切り離されていません。" if lang == "ja" else "This device is not isolated.")
    return 0


def actor_stays() -> bool:
    """Return whether the actor is still allowed; root, who can, takes it away first."""
    import os

    from tojimari.agent.actor.store import Store

    store = Store()
    if store.pin() is not None and hasattr(os, "geteuid") and os.geteuid() == 0:
        from tojimari.agent.actor.consent import refuse_all
        from tojimari.catalog import load_catalog

        refuse_all(store, load_catalog().task_kinds)
    return store.pin() is not None


def _task_id(text: str) -> UUID:
    try:
        return UUID(text)
    except ValueError as error:
        raise TojimariError(
            f"{text}: 作業の番号ではありません。`tojimari agent tasks` で見られます。",
            f"{text}: is no task. `tojimari agent tasks` lists them.",
        ) from error


def tasks(arguments: argparse.Namespace, lang: Lang) -> int:
    """Show what this device allows, and what waits or runs."""
    from tojimari.agent.actor.consent import looker_home
    from tojimari.agent.taskbox import TaskBox

    box = TaskBox(looker_home(arguments.home))
    pin = box.pin()
    if pin is None:
        print_line(
            "この機器は、離れた所からの作業を許していません。"
            if lang == "ja"
            else "This device does not allow work from afar."
        )
        return 0
    for line in _shown(pin, lang):
        print_line(line)
    until = box.isolated_until()
    if until is not None:
        when = f"{until.astimezone():%Y-%m-%d %H:%M}"
        print_line(
            f"{when} まで切り離されています。`sudo tojimari agent release` で元に戻せます。"
            if lang == "ja"
            else f"Isolated until {when}. `sudo tojimari agent release` ends it."
        )
    open_ = box.unfinished()
    for report in open_:
        print_line(f"{report.task}  {_state(report.state, report.reason, lang)}")
    if not open_:
        print_line("待っている作業はありません。" if lang == "ja" else "Nothing waits.")
    return 0


_STATES = {
    "received": ("受け取った", "received"),
    "refused": ("断った", "refused"),
    "waiting": ("待っている", "waits"),
    "planned": ("調べただけ", "only looked"),
    "running": ("実行中", "runs"),
    "done": ("終わった", "done"),
    "failed": ("できなかった", "failed"),
    "interrupted": ("途中で止まった", "cut off"),
    "stopped": ("止めた", "stopped"),
}


APPROVALS = {
    "once": Text(ja="この作業に「はい」", en="yes to this task"),
    "policy": Text(ja="前もっての許し", en="a yes given beforehand"),
}
"""How a task was agreed to, as the device's own log says it."""


def _state(state: str, reason: str | None, lang: Lang) -> str:
    from tojimari.agent.task_report import SENTENCES

    ja, en = _STATES.get(state, (state, state))
    words = ja if lang == "ja" else en
    if reason in SENTENCES:
        words += f" ({SENTENCES[reason].say(lang)})"
    return words


def log(arguments: argparse.Namespace, lang: Lang) -> int:
    """Show the device's own log of tasks: what was done, what was refused, and who said yes."""
    from tojimari.agent.actor.store import Store
    from tojimari.catalog import load_catalog
    from tojimari.lib.printable import printable

    kinds = load_catalog().task_kinds
    lines = Store().lines()
    for line in lines:
        title = kinds[line.kind].title.say(lang) if line.kind in kinds else line.task
        said = _state(line.state, line.reason, lang)
        print_line(f"{line.at.astimezone():%Y-%m-%d %H:%M}  {title}: {said}{_approval(line, lang)}")
        for change in line.changes:
            before, after = printable(change.before), printable(change.after)
            print_line(f"    {printable(change.name)}  {before or '－'} → {after or '－'}")
    if not lines:
        print_line("記録はありません。" if lang == "ja" else "Nothing is noted.")
    return 0


def _approval(line: "Line", lang: Lang) -> str:
    """Return who said yes to what a line is about, and how: at once or beforehand, one or two."""
    from tojimari.lib.printable import printable

    if not line.approved_by:
        return ""
    names = [printable(name) for name in (line.approved_by, line.second) if name]
    who = ("、" if lang == "ja" else ", ").join(names)
    how = APPROVALS.get(line.approval)
    return f"  {who}" + (f" ({how.say(lang)})" if how else "")


def act(arguments: argparse.Namespace, lang: Lang) -> int:
    """Do what may be done now; systemd starts this as root."""
    from tojimari.agent.actor import grounds
    from tojimari.agent.actor.actor import Actor
    from tojimari.agent.actor.engines import chooser
    from tojimari.agent.actor.isolation import IsolationEngine
    from tojimari.agent.actor.store import Store
    from tojimari.catalog import load_catalog

    grounds.require_root()
    grounds.require_own_ground()
    store = Store()
    IsolationEngine(store).tend(look_up=not arguments.isolation)
    if arguments.isolation:
        return 0
    pin = store.pin()
    kinds = load_catalog().task_kinds
    untried = pin is not None and pin.untried
    Actor(store, kinds=kinds, engine_for=chooser(kinds, "linux", untried=untried)).turn()
    return 0
