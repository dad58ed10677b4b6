"""``tojimari advisories``: take in published weaknesses, show those that concern this computer."""

import argparse
import sys
from importlib.util import find_spec

import msgspec

from tojimari.catalog import load_for_words
from tojimari.cli.parts import PartsMissing
from tojimari.cli.printing import print_line
from tojimari.cli.session import session
from tojimari.knowledge.advisories.place import index_place, is_there
from tojimari.model import Lang, TojimariError
from tojimari.model.facts import DeviceSoftware
from tojimari.report.paragraph import console_of_command, put


def run(arguments: argparse.Namespace, lang: Lang) -> int:
    """Returns 0, of ``list`` 1 when an update would mend a weakness."""
    if find_spec("univers") is None:
        raise PartsMissing("advisories", "univers")
    return _take(arguments, lang) if arguments.what == "import" else _list(arguments, lang)


def _take(arguments: argparse.Namespace, lang: Lang) -> int:
    from tojimari.knowledge.advisories.index import make_index

    catalog, place = load_for_words(), index_place()
    for source in make_index(arguments.files, place):
        key = "advisories.taken_partly" if source.unread else "advisories.taken"
        said = catalog.ui(key).say(
            lang, name=source.name, n=source.records, day=source.as_of, unread=source.unread
        )
        print_line(said)
    print_line(catalog.ui("advisories.place").say(lang, place=place))
    return 0


def _list(arguments: argparse.Namespace, lang: Lang) -> int:
    from tojimari.assess.advisories import concerns
    from tojimari.knowledge.advisories.index import index
    from tojimari.report.concerns import concern_lines, concerns_as_data, concerns_as_weak
    from tojimari.report.weakness_exchange import to_stix

    known = index() if is_there() else None
    if known is None:
        raise TojimariError(*_both("advisories.none_given"))
    with session(arguments, lang) as s:
        seen = s.look(kinds=frozenset((DeviceSoftware.KIND,)))
        software = next(
            (one.fact for one in seen if isinstance(one.fact, DeviceSoftware)),
            DeviceSoftware((), ()),
        )
        found = concerns(software, known)
        if arguments.json:
            concerned = concerns_as_data(found)
            data = {"schema": "tojimari.advisories/1", "as_of": known.as_of, "concerns": concerned}
            sys.stdout.write(msgspec.json.encode(data).decode() + "\n")
        elif arguments.stix:
            weak = concerns_as_weak(found, s.catalog, lang)
            content = to_stix(weak, by="Tojimari", as_of=known.as_of)
            sys.stdout.write(content.decode() + "\n")
        else:
            console = console_of_command()
            for line in concern_lines(found, known.as_of, s.catalog, lang, known.to_read):
                put(console, line.lstrip(" "), len(line) - len(line.lstrip(" ")))
    return int(any(one.fixed for one in found.found))


def _both(key: str) -> tuple[str, str]:
    text = load_for_words().ui(key)
    return text.ja, text.en
