"""The steps of a control for people: the way to a place in words, and commands apart from them."""

from collections.abc import Collection, Mapping, Sequence
from types import MappingProxyType
from typing import Literal, NamedTuple

from tojimari.catalog import Catalog, Control
from tojimari.catalog.schema import PLATFORMS, Instruction, Place, Platform
from tojimari.diagnose import Diagnosis
from tojimari.model import PLACE, Lang
from tojimari.model.facts import DeviceOs
from tojimari.report.linux_commands import followed, left_over, may_use_sudo, seen_linux
from tojimari.report.phrases import open_platforms, platform_name

_FIRST_BUILDS = {"11": 22000, "10": 10240}
"""Windows 11 counts itself as 10.0 too: the build tells them apart. Newest first."""


class Line(NamedTuple):
    """One step as it is shown.

    Attributes:
        text: the whole step in words, with the way to its place.
        place: the name of the place that is opened, for a button; "" for none.
        address: what opens it (``ms-settings:``...); "" where none is documented.
        platform: the system the place is on; "" for none.
    """

    text: str
    place: str = ""
    address: str = ""
    platform: Platform | Literal[""] = ""


class Steps(NamedTuple):
    """The steps of a control on one system.

    Attributes:
        platform: id of the system; "" for what is to be done at once, wherever.
        name: what stands over them.
        lines: the steps in order.
        shown_open: whether they are shown open.
        commands: whether any of them is a command that has to be typed.
    """

    platform: Platform | Literal[""]
    name: str
    lines: tuple[Line, ...]
    shown_open: bool = True
    commands: bool = False


def seen_versions(diagnosis: Diagnosis) -> frozenset[str]:
    """Return which versions of Windows were seen, as the screens differ: "10", "11"."""
    builds = [
        (o.fact.kernel or "").split(".")
        for o in diagnosis.observations
        if isinstance(o.fact, DeviceOs) and o.fact.family == "windows"
    ]
    numbers = [int(parts[2]) for parts in builds if len(parts) > 2 and parts[2].isdecimal()]
    found = (next((v for v, first in _FIRST_BUILDS.items() if n >= first), "") for n in numbers)
    return frozenset(version for version in found if version)


def _way(path: str, lang: Lang) -> str:
    """Return "「設定」→「回復」" from "設定 > 回復"; English names need no quotes."""
    if lang == "en":
        return path
    return "→".join(f"「{name}」" for name in path.split(" > "))


def way_to(place: Place, catalog: Catalog, lang: Lang, versions: Collection[str] = ()) -> str:
    """Return the way to a place in words.

    versions: those that are used; where none of them is known, every one is told.
    """
    paths = [p for p in place.paths if not p.version or p.version in versions]
    first, *others = paths or place.paths
    way = _way(first.words.say(lang), lang)
    for other in others:
        way = catalog.ui("place.other_version").say(
            lang, way=way, version=other.version, other=_way(other.words.say(lang), lang)
        )
    return way


def _opened(place: Place, catalog: Catalog, lang: Lang, versions: Collection[str]) -> Line:
    """Return a place as a line: the way, what the page itself is called, what opens it."""
    paths = [p for p in place.paths if not p.version or p.version in versions] or place.paths
    name = paths[0].words.say(lang).split(" > ")[-1]
    return Line(way_to(place, catalog, lang, versions), name, place.address, place.platform)


def _line(
    step: Instruction, catalog: Catalog, lang: Lang, versions: Collection[str], *, told: bool
) -> Line:
    """Return a step as it is shown; ``told``: which version it is for has to be said."""
    line = Line(step.say(lang))
    place = catalog.places.get(step.place)
    if place is not None:
        line = _opened(place, catalog, lang, {step.version} if step.version else versions)
        opened = catalog.ui("place.open").say(lang, way=line.text)
        line = line._replace(text=f"{opened}{'' if lang == 'ja' else ' '}{step.say(lang)}")
    if step.version and told:
        told_for = catalog.ui("place.on_version")
        line = line._replace(text=told_for.say(lang, version=step.version, text=line.text))
    return line


def lines_of(
    steps: Sequence[Instruction], catalog: Catalog, lang: Lang, versions: Collection[str] = ()
) -> tuple[Line, ...]:
    """Return the steps on one system as they are shown; see ``way_to`` for ``versions``."""
    fitting = [s for s in steps if not s.version or not versions or s.version in versions]
    return tuple(_line(s, catalog, lang, versions, told=len(versions) != 1) for s in fitting)


def steps_on(
    control: Control,
    platform: Platform,
    catalog: Catalog,
    lang: Lang,
    *,
    versions: Collection[str] = (),
    systems: Mapping[str, str] = MappingProxyType({}),
    sudo: bool = True,
    shown_open: bool = True,
) -> Steps:
    """Return the steps of a control on a system that it has steps for.

    On Linux a step that fails on all of the company's computers is left out, and said; where it
    fails on some that is said of those. Where none was looked at nothing is left out.

    versions: those of Windows that were seen (``seen_versions``).
    systems: the kinds of Linux that were seen (``seen_linux``).
    sudo: whether the reader may use it; where not, whom to ask comes first.
    """
    steps: Sequence[Instruction] = control.how[platform]
    before: tuple[Line, ...] = ()
    more: tuple[Line, ...] = ()
    if platform == "linux":
        steps, said = followed(steps, systems), left_over(control, systems, catalog, lang)
        more = (Line(said),) if said else ()
        if not sudo and any("`sudo " in step.say("en") for step in steps):
            before = (Line(catalog.ui("how.ask_keeper").say(lang)),)
    # A list with a command in it is somebody else's as a whole: its other lines lead to it.
    typed = platform == "linux" and any(step.is_command for step in steps)
    return Steps(
        platform,
        platform_name(control, platform, catalog, lang),
        before + lines_of(steps, catalog, lang, versions if platform == "windows" else ()) + more,
        shown_open,
        typed,
    )


def how_to(
    control: Control,
    diagnosis: Diagnosis,
    catalog: Catalog,
    lang: Lang,
    *,
    system: str = "",
    to_helper: bool = False,
) -> list[Steps]:
    """Return the steps of a control on every system that it has steps for.

    The systems it is open on, else all of the company's own, come first and are open; where none of
    them has steps every one is open, Windows first as the commonest, and the rule for the whole
    company last.

    system: that of the reader's own computer, for where nothing was looked at; "" where unknown.
    to_helper: whether whoever looks after the computers reads it.
    """
    own = open_platforms(control.id, diagnosis) or {system}
    order = [*(p for p in PLATFORMS if p in own), *(p for p in PLATFORMS if p not in own)]
    return [
        steps_on(
            control,
            platform,
            catalog,
            lang,
            versions=seen_versions(diagnosis),
            systems=seen_linux(diagnosis),
            sudo=to_helper or may_use_sudo(diagnosis),
            shown_open=platform in own or not own & set(control.how),
        )
        for platform in order
        if platform in control.how
    ]


def act_now(control: Control, catalog: Catalog, lang: Lang) -> Steps:
    """Return what to do at once for a control with an ``act``."""
    lines = control.act.how if control.act else ()
    return Steps(
        "", catalog.ui("step.at_once").say(lang), tuple(Line(line.say(lang)) for line in lines)
    )


def _written_out(named: str) -> bool:
    """Return whether an older agent wrote a place out in both languages: "日本語 / English"."""
    ja, apart, _ = named.partition(" / ")
    return bool(apart) and not ja.isascii()


class SeeWith(NamedTuple):
    """How a person sees what the look could not: a place in words, or a command."""

    place: Line | None = None
    command: str = ""


def see_with(
    named: str,
    control: Control,
    platforms: Collection[str],
    catalog: Catalog,
    lang: Lang,
    versions: Collection[str] = (),
) -> SeeWith:
    """Return what ``NotSeen.see_with`` names, with a place to look at wherever one is known.

    Where a command is named, or nothing, the first place of the control's steps on one of
    ``platforms`` is what an owner opens.
    """
    command = "" if named.startswith(PLACE) or _written_out(named) else named
    place = catalog.places.get(named.removeprefix(PLACE)) if not command else None
    for platform in PLATFORMS if place is None else ():
        steps = control.how.get(platform, ()) if platform in platforms else ()
        place = place or next(
            (catalog.places[step.place] for step in steps if step.place in catalog.places), None
        )
    if place is None:
        return SeeWith(None, command)
    return SeeWith(_opened(place, catalog, lang, versions), command)


def named_by(see_with: str, catalog: Catalog, lang: Lang) -> str:
    """Return the command or, in words, the place that ``NotSeen.see_with`` names; "" for none."""
    if see_with.startswith(PLACE):
        place = catalog.places.get(see_with.removeprefix(PLACE))
        return way_to(place, catalog, lang) if place else ""
    return "" if _written_out(see_with) else see_with
