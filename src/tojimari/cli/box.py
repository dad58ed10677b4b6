"""``tojimari box``: the gateway box, from one settings file to engines that run."""

import argparse
import contextlib
import json
import os
from collections.abc import Callable, Iterator
from functools import partial
from importlib.resources import files as package_files
from pathlib import Path

from tojimari.box.change import SETTINGS, Box, Outcome, save_settings
from tojimari.box.engines import Checked, engine_kind
from tojimari.box.health import health, look_at_line, look_is_due, settings_in_place
from tojimari.box.page import page, server, write_page
from tojimari.box.plan import FileChange, in_words, obstacles
from tojimari.box.sentences import health_in_words, line_in_words
from tojimari.box.settings import Settings
from tojimari.box.settings_file import read_settings, with_allowed
from tojimari.box.staging import check_settings
from tojimari.catalog import Catalog, load_catalog
from tojimari.cli.parts import need_parts
from tojimari.cli.printing import print_line
from tojimari.collect.look import current_system
from tojimari.lib.printable import printable
from tojimari.model import LANGS, CannotWrite, Lang, Text, TojimariError, ascii_form
from tojimari.model.facts import plain_fact
from tojimari.model.japan import JAPAN
from tojimari.report.paragraph import console_of_command, put

SCHEMA = "tojimari.box-status/1"
_FINE = ("fine", "none")


class _Words:
    """What is said in the terminal, in one language."""

    def __init__(self, catalog: Catalog, lang: Lang) -> None:
        self.catalog, self.lang = catalog, lang
        self._put = partial(put, console_of_command())

    def say(self, key: str, **values: object) -> str:
        return self.catalog.ui(f"box.{key}").say(self.lang, **values)

    def put(self, text: str, indent: int = 0) -> None:
        # What checkers say comes from outside.
        self._put(printable(text), indent)

    def tell(self, key: str, indent: int = 0, **values: object) -> None:
        self.put(self.say(key, **values), indent)


Verb = Callable[[argparse.Namespace, _Words], int]


def run(arguments: argparse.Namespace, lang: Lang) -> int:
    """Do what is asked. Returns 1 where something is to be put right, else 0."""
    if current_system() != "linux":
        raise TojimariError(
            "ゲートウェイの箱は Linux (Debian など) だけです。",
            "A gateway box is for Linux (Debian and its kin) only.",
        )
    need_parts("agent", "cryptography")
    words = _Words(load_catalog(), lang)
    verbs: dict[str, Verb] = {
        "sample": _sample,
        "check": _check,
        "setup": _setup,
        "allow": _allow,
        "back": _back,
        "reset": _reset,
        "restore": _restore,
        "guard": _guard,
        "page": _page,
        "status": _status,
    }
    return verbs[arguments.what](arguments, words)


def _sample(arguments: argparse.Namespace, words: _Words) -> int:
    sample = package_files("tojimari.box").joinpath(f"sample.{words.lang}.yaml")
    print_line(sample.read_text("utf-8"), end="")
    return 0


def _settings_path(arguments: argparse.Namespace) -> Path:
    chosen: Path | None = arguments.settings
    root: Path = arguments.root
    return chosen or root / SETTINGS


def _box(arguments: argparse.Namespace) -> Box:
    return Box(arguments.root)


def _told_in_words(settings: Settings, words: _Words) -> None:
    words.tell("head")
    for line in in_words(settings, lambda key, **values: words.say(f"plain.{key}", **values)):
        words.put(line, 2)


def _told_checks(found: list[Checked], words: _Words) -> bool:
    """Say what the checkers said; returns whether nothing is in the way."""
    for one in found:
        _told_check(one, words)
    return all(one.state in _FINE for one in found)


def _told_check(one: Checked, words: _Words) -> None:
    kind = engine_kind(one.engine)
    words.tell(
        f"checked_{one.state}",
        2,
        engine=kind.title,
        program=one.program,
        said=one.said,
        packages=" ".join(kind.packages),
    )


def _check(arguments: argparse.Namespace, words: _Words) -> int:
    settings = read_settings(_settings_path(arguments))
    words.tell("settings_fine")
    _told_in_words(settings, words)
    return 0 if _told_checks(check_settings(settings), words) else 1


def _told_changes(found: list[FileChange], words: _Words) -> None:
    if not found:
        words.tell("nothing")
        return
    words.tell("changes", n=len(found))
    for one in found:
        state = "new" if one.before is None else "gone" if one.after is None else "other"
        words.tell(f"change_{state}", 2, path=one.path)
    for one in found:
        print_line("")
        print_line(printable(one.diff(), keep="\n\t"))
    print_line("")


def _told_obstacles(in_the_way: list[Text], words: _Words) -> None:
    for one in in_the_way:
        words.tell("obstacle", what=one.ja if words.lang == "ja" else one.en)


def _setup(arguments: argparse.Namespace, words: _Words) -> int:
    path = _settings_path(arguments)
    settings = read_settings(path)
    box = _box(arguments)
    _told_in_words(settings, words)
    in_the_way = list(obstacles(settings, arguments.root, arguments.root / "sys/class/net"))
    _told_obstacles(in_the_way, words)
    checks = check_settings(settings)
    fine = _told_checks(checks, words) and not in_the_way
    try:
        found = box.changes(box.rendered(settings))
        _told_changes(found, words)
        if not fine and found:
            # Once more, below all that would change: what stands above it nobody sees any more.
            _told_obstacles(in_the_way, words)
            for one in checks:
                if one.state not in _FINE:
                    _told_check(one, words)
        if arguments.dry_run:
            words.tell("dry")
            return 0 if fine else 1
        if not fine:
            words.tell("refused")
            return 1
        _need_root(arguments)
        if not found and box.store.trial() is None:
            return 0
        words.tell("changing", n=settings.line.wait_seconds)
        return _told(box.setup(settings, path.read_text("utf-8"), offline=arguments.offline), words)
    except OSError as error:
        raise CannotWrite(Path(error.filename or box.store.folder), error) from error


def _need_root(arguments: argparse.Namespace) -> None:
    if arguments.root == Path("/") and os.geteuid() != 0:
        raise TojimariError(
            "箱を変えるには管理者の権限が要ります。`sudo` を付けて実行してください。",
            "Changing the box needs root. Run it with `sudo`.",
        )


def _told(outcome: Outcome, words: _Words) -> int:
    """Say what came of a change; returns 1 where it was taken back or something went wrong."""
    for line in outcome.wrong:
        words.tell("went_wrong", what=line)
    if outcome.line is not None:
        words.put(line_in_words(outcome.line, words.say))
    if outcome.undone is not None:
        words.tell("undone", n=outcome.undone)
    if outcome.number:
        words.tell("in_place", n=outcome.number)
    else:
        words.tell("as_before")
    return 1 if outcome.undone is not None or outcome.wrong else 0


def _back(arguments: argparse.Namespace, words: _Words) -> int:
    _need_root(arguments)
    with _written(arguments) as box:
        return _told(box.back(arguments.number), words)


def _reset(arguments: argparse.Namespace, words: _Words) -> int:
    _need_root(arguments)
    if not arguments.yes:
        raise TojimariError(
            "箱をTojimariの前の状態に戻し、世代と、尋ねられた名前や貸した番地の記録を全部消します。よければ `--yes` を付けてください。",
            "This puts back what was there before Tojimari, and forgets all generations and what was written of names asked for and addresses given out. Add `--yes` if that is meant.",
        )
    with _written(arguments) as box:
        done = _told(box.reset(), words)
    words.tell("reset")
    return done


def _restore(arguments: argparse.Namespace, words: _Words) -> int:
    with _written(arguments) as box:
        outcome = box.restore()
    return 0 if outcome is None else _told(outcome, words) and 0


def _guard(arguments: argparse.Namespace, words: _Words) -> int:
    with _written(arguments) as box:
        outcome = box.guard()
        if box.root == Path("/") and look_is_due(box):
            look_at_line(box)
        _write_page(box, words)
    return 0 if outcome is None else _told(outcome, words) and 0


def _write_page(box: Box, words: _Words) -> None:
    settings = settings_in_place(box)
    if settings is None or not settings.page:
        return
    fact, parts = health(box), []
    for lang in LANGS:
        own = _Words(words.catalog, lang)
        head = own.say("seen_at", at=f"{box.now().astimezone(JAPAN):%Y-%m-%d %H:%M}")
        parts.append((lang, head, health_in_words(fact, own.say)))
    title = " / ".join(words.catalog.ui("box.page_title").say(lang) for lang in LANGS)
    write_page(box.root, page(title, parts))


def _page(arguments: argparse.Namespace, words: _Words) -> int:
    """Serve the page at one address until ended, or write it once."""
    if arguments.serve is None:
        with _written(arguments) as box:
            _write_page(box, words)
        return 0
    with server(arguments.root, arguments.serve, arguments.port) as serving:
        serving.serve_forever()
    return 0


def _status(arguments: argparse.Namespace, words: _Words) -> int:
    """Say how the box is; returns 1 where something does not work."""
    box = _box(arguments)
    if box.store.hidden():
        _need_root(arguments)
    fact = health(box)
    if arguments.json:
        print_line(json.dumps({"schema": SCHEMA, **plain_fact(fact)}, ensure_ascii=False))
    else:
        for line in health_in_words(fact, words.say):
            words.put(line)
        key = box.store.fingerprint()
        if key is not None:
            words.tell("key", fingerprint=key)
    dead = any(one.running is False for one in fact.engines) or fact.filtering is False
    return 1 if dead or fact.changing or fact.names_filtered is False else 0


@contextlib.contextmanager
def _written(arguments: argparse.Namespace) -> Iterator[Box]:
    """Give the box; a disk that refuses is said in one sentence."""
    box = _box(arguments)
    try:
        yield box
    except OSError as error:
        raise CannotWrite(Path(error.filename or box.store.folder), error) from error


def _allow(arguments: argparse.Namespace, words: _Words) -> int:
    path = _settings_path(arguments)
    name = (ascii_form(arguments.name) or arguments.name).lower().rstrip(".")
    try:
        data = path.read_bytes()
    except OSError:
        read_settings(path)
        raise
    changed = with_allowed(data, str(path), name)
    try:
        save_settings(path, changed)
    except OSError as error:
        raise CannotWrite(path, error) from error
    words.tell("allowed", name=name)
    return 0
