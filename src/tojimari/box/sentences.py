"""How a box is, in plain sentences; for the terminal, the box's own page and the portal."""

from collections.abc import Iterator
from datetime import datetime

from tojimari.box.engines import ENGINES
from tojimari.box.line import LineState
from tojimari.box.plan import Say
from tojimari.model.facts.box import BoxEngine, NetworkBox
from tojimari.model.japan import JAPAN


def health_in_words(fact: NetworkBox, say: Say) -> list[str]:
    """Return the sentences. ``say``: key below ``box`` and values -> the sentence."""
    return [*_of_configuration(fact, say), *_of_line(fact, say), *_of_engines(fact, say)]


def line_in_words(line: LineState, say: Say) -> str:
    """Return what was seen of a line, in one sentence."""
    if line.wrong:
        return say("line_wrong", what=line.wrong)
    if not line.names:
        return say("line_no_names")
    ways = [name for name, on in (("IPv4", line.ipv4), ("IPv6", line.ipv6)) if on]
    return say("line_alive", ways=", ".join(ways)) if ways else say("line_dead")


def _at(moment: datetime) -> str:
    return f"{moment.astimezone(JAPAN):%Y-%m-%d %H:%M}"


def _of_configuration(fact: NetworkBox, say: Say) -> Iterator[str]:
    if not fact.generation or fact.generation_at is None:
        yield say("no_generation")
        return
    yield say("generation", n=fact.generation, at=_at(fact.generation_at))
    if not fact.proven:
        yield say("not_proven")
    if fact.changing:
        yield say("is_changing")
    if fact.changed_by_hand:
        yield say("by_hand", n=fact.changed_by_hand)


def _of_line(fact: NetworkBox, say: Say) -> Iterator[str]:
    if fact.line_at is None:
        yield say("line_never")
    else:
        state = LineState(fact.names_answered, fact.ipv4, fact.ipv6)
        yield say("line_tried", at=_at(fact.line_at), line=line_in_words(state, say))
    if fact.filtering is None:
        yield say("filtering_unknown")
    else:
        yield say("filtering_on" if fact.filtering else "filtering_off")
    if fact.names_filtered is not None:
        yield say("names_on" if fact.names_filtered else "names_off", n=fact.lists)


def _of_engines(fact: NetworkBox, say: Say) -> Iterator[str]:
    titles: dict[str, str] = {one.id: one.title for one in ENGINES}
    for engine in fact.engines:
        yield say(f"engine_{_state(engine)}", engine=_named(engine, titles))


def _state(engine: BoxEngine) -> str:
    return {True: "runs", False: "dead", None: "unknown"}[engine.running]


def _named(engine: BoxEngine, titles: dict[str, str]) -> str:
    # What a device reports may name an engine that is not known here.
    title = titles.get(engine.engine, engine.engine)
    return f"{title} ({', '.join(engine.versions)})" if engine.versions else title
