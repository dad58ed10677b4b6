"""``tojimari watch``: what the programs that watch say, in plain sentences."""

import argparse
import json
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from functools import partial
from pathlib import Path

from tojimari.box.guests import guest_interfaces
from tojimari.catalog import Catalog, load_catalog
from tojimari.cli.session import session
from tojimari.lib.printable import printable
from tojimari.model import Lang, TojimariError
from tojimari.model.japan import JAPAN
from tojimari.report.paragraph import console_of_command, put
from tojimari.store import default_path
from tojimari.watch.day import is_silent, summaries
from tojimari.watch.desk import Desk
from tojimari.watch.engine import engines
from tojimari.watch.engine_settings import settings_of
from tojimari.watch.hearing import HeardNow, Listener, add_log
from tojimari.watch.ledger import Ledger, Log, day_of, ledger_path, open_ledger
from tojimari.watch.notice import SILENT_AFTER, Notice, day_line

SCHEMA = "tojimari.watch/1"
_SAVE_EVERY = timedelta(hours=1)


class _Words:
    """What is said in the terminal, in one language."""

    def __init__(self, catalog: Catalog, lang: Lang) -> None:
        self.catalog, self.lang = catalog, lang
        self._put = partial(put, console_of_command())

    def say(self, key: str, **numbers: object) -> str:
        return self.catalog.ui(f"heard.{key}").say(self.lang, **numbers)

    def put(self, text: str, indent: int = 0) -> None:
        # What engines call things comes from outside.
        self._put(printable(text), indent)

    def matter(self, one: Notice) -> None:
        rule, values = self.catalog.watch.rules[one.rule], one.values()
        self.put(self.say("matter", what=rule.what.say(self.lang, **values)))
        until = f"{one.last.astimezone(JAPAN):%Y-%m-%d %H:%M}"
        self.put(self.say("since", since=values["since"], until=until, engine=values["engine"]), 2)
        self.put(rule.danger.say(self.lang, **values), 2)
        self.put(self.say("do", do=rule.do.say(self.lang, **values)), 2)
        if rule.ours is not None:
            self.put(self.say("ours_how", ours=rule.ours.say(self.lang), id=one.id), 2)


@contextmanager
def _open(arguments: argparse.Namespace, catalog: Catalog) -> Iterator[Ledger]:
    slots = {kind.id: kind.together for kind in catalog.watch.kinds.values()}
    with open_ledger(ledger_path(arguments.state or default_path()), slots) as ledger:
        yield ledger


def run(arguments: argparse.Namespace, lang: Lang) -> int:
    """Do what is asked. Returns 1 where somebody must act at once, else 0."""
    catalog = load_catalog()
    words = _Words(catalog, lang)
    if arguments.what == "engines":
        return _engines(words)
    if arguments.what == "settings":
        return _settings(arguments, words)
    with _open(arguments, catalog) as ledger:
        match arguments.what:
            case "add":
                return _add(arguments, ledger, words)
            case "remove":
                return _remove(arguments.path, ledger, words)
            case "ours":
                return _ours(arguments.notice, ledger, words)
            case "once":
                return _once(arguments, ledger, words)
            case "follow":
                return _follow(arguments, ledger, words)
        return _status(ledger, words, as_json=arguments.json)


def _engines(words: _Words) -> int:
    for engine in engines().values():
        words.put(f"{engine.id}: {engine.title} ({words.say(f'proof_{engine.proof}')})")
        for place in engine.usual:
            words.put(place, 2)
    return 0


def _settings(arguments: argparse.Namespace, words: _Words) -> int:
    """Print what goes into an engine's own settings; lines of ours are comments there."""
    for one in settings_of(arguments.engine, arguments.folders):
        sys.stdout.write(f"# {one.file}\n# {words.say(one.why)}\n{one.text}\n")
    path = engines()[arguments.engine].usual[0]
    sys.stdout.write(f"# {words.say('settings_then', engine=arguments.engine, path=path)}\n")
    return 0


def _add(arguments: argparse.Namespace, ledger: Ledger, words: _Words) -> int:
    log = add_log(ledger, arguments.engine, arguments.path, arguments.line, datetime.now(UTC))
    title = engines()[log.engine].title
    words.put(words.say("added", engine=title, path=log.path))
    if not log.path.exists():
        words.put(words.say("not_there"))
    return 0


def _remove(path: Path, ledger: Ledger, words: _Words) -> int:
    log = next((one for one in ledger.logs() if one.path == path.absolute()), None)
    if log is None:
        raise TojimariError(
            f"{path}: 聞いていません。`tojimari watch` で一覧が出ます。",
            f"{path}: is not heard. `tojimari watch` lists what is.",
        )
    ledger.remove(log)
    words.put(words.say("removed", path=log.path))
    return 0


def _ours(id_: str, ledger: Ledger, words: _Words) -> int:
    _, _, until = Desk(ledger, words.catalog).ours(id_, datetime.now(UTC))
    words.put(words.say("ours", until=f"{until.astimezone(JAPAN):%Y-%m-%d}"))
    return 0


def _once(arguments: argparse.Namespace, ledger: Ledger, words: _Words) -> int:
    heard = Listener(ledger, guests=guest_interfaces()).listen()
    ledger.forget_old(datetime.now(UTC))
    words.put(_round(heard, words))
    _save(arguments, ledger, words)
    only = arguments.subject or ""
    logs = [log for log in ledger.logs() if not only or log.line == only or not log.line]
    return _show(ledger, words, logs)


def _round(heard: HeardNow, words: _Words) -> str:
    return words.say("round", lines=heard.lines, signals=heard.signals, unread=heard.unread)


def _save(arguments: argparse.Namespace, ledger: Ledger, words: _Words) -> None:
    """Keep the day's summary in the state file, as what was heard."""
    with session(arguments, words.lang) as s:
        now = s.as_of
        found = Desk(ledger, words.catalog).notices(now)
        s.store.save(summaries(ledger, s.device, found, now=now), s.catalog)


def _follow(arguments: argparse.Namespace, ledger: Ledger, words: _Words) -> int:
    if not 0.1 <= arguments.every <= 3600:
        raise TojimariError(
            "--every は0.1秒から3600秒までです。", "--every is between 0.1 and 3600 seconds."
        )
    desk, listener = Desk(ledger, words.catalog), Listener(ledger, guests=guest_interfaces())
    words.put(words.say("following"))
    saved: datetime | None = None
    while True:
        listener.listen()
        now = datetime.now(UTC)
        for one in desk.tell(now):
            words.matter(one)
            sys.stdout.flush()
        if saved is None or abs(now - saved) >= _SAVE_EVERY:
            ledger.forget_old(now)
            _save(arguments, ledger, words)
            saved = now
        time.sleep(arguments.every)


def _status(ledger: Ledger, words: _Words, *, as_json: bool) -> int:
    if as_json:
        return _status_json(ledger, words)
    logs = ledger.logs()
    if not logs:
        words.put(words.say("none"))
        return 0
    return _show(ledger, words, logs)


def _show(ledger: Ledger, words: _Words, logs: list[Log]) -> int:
    now = datetime.now(UTC)
    today = day_of(now)
    yesterday = today - timedelta(days=1)
    words.put(words.say("head"))
    for log in logs:
        last = log.last_line_at
        words.put(
            words.say(
                "log",
                engine=engines()[log.engine].title,
                day=f"{log.added_at.astimezone(JAPAN):%Y-%m-%d}",
                last=f"{last.astimezone(JAPAN):%Y-%m-%d %H:%M}" if last else words.say("never"),
            ),
            2,
        )
        if log.trouble:
            words.put(words.say("trouble", path=log.path, why=log.trouble), 4)
        day = ledger.day(log, yesterday)
        if day.lines:
            words.put(words.say("counts", lines=day.lines, unread=day.unread), 4)
    words.put("")
    kinds = words.catalog.watch.kinds.values()
    for key, day_ in (("day", yesterday), ("today", today)):
        line = day_line((ledger.day(log, day_) for log in logs), kinds, words.lang)
        if line:
            words.put(words.say(key, line=line))
    ids = {log.id for log in logs}
    found = [one for one in Desk(ledger, words.catalog).notices(now) if ids & set(one.logs)]
    for one in found:
        words.matter(one)
    if not found:
        words.put(_nothing_found(ledger, logs, words, now))
    return 1 if any(one.level == "now" for one in found) else 0


def _nothing_found(ledger: Ledger, logs: list[Log], words: _Words, now: datetime) -> str:
    """Return that there is nothing to tell, or that nobody can say so."""
    listening = ledger.listening()
    if listening is None:
        return words.say("not_heard_yet")
    if now - listening[1] > SILENT_AFTER:
        return words.say("not_heard", since=f"{listening[1].astimezone(JAPAN):%Y-%m-%d %H:%M}")
    silent = sorted(
        {engines()[one.engine].title for one in logs if is_silent(engines()[one.engine], one, now)}
    )
    return words.say("quiet_partly", engines=", ".join(silent)) if silent else words.say("quiet")


def _status_json(ledger: Ledger, words: _Words) -> int:
    now = datetime.now(UTC)
    found = Desk(ledger, words.catalog).notices(now)
    rules, listening = words.catalog.watch.rules, ledger.listening()
    document = {
        "schema": SCHEMA,
        "as_of": now.isoformat(),
        "heard_until": listening[1].isoformat() if listening else None,
        "logs": [
            {
                "engine": log.engine,
                "path": str(log.path),
                "line": log.line,
                "since": log.added_at.isoformat(),
                "last_line_at": log.last_line_at.isoformat() if log.last_line_at else None,
                "trouble": log.trouble,
                "silent": is_silent(engines()[log.engine], log, now),
            }
            for log in ledger.logs()
        ],
        "notices": [
            {
                "id": one.id,
                "rule": one.rule,
                "level": one.level,
                "first": one.first.isoformat(),
                "last": one.last.isoformat(),
                "n": one.n,
                "sources": one.sources,
                "names": one.names,
                "what": rules[one.rule].what.say(words.lang, **one.values()),
                "do": rules[one.rule].do.say(words.lang, **one.values()),
            }
            for one in found
        ],
    }
    sys.stdout.write(json.dumps(document, ensure_ascii=False) + "\n")
    return 1 if any(one.level == "now" for one in found) else 0
