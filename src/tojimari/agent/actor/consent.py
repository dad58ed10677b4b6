"""Root at the device lets a portal give tasks, or takes that back."""

import contextlib
import os
import pwd
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path

import msgspec

from tojimari.agent.actor import units
from tojimari.agent.actor.actor import Actor
from tojimari.agent.actor.engines import chooser
from tojimari.agent.actor.isolation import IsolationEngine
from tojimari.agent.actor.store import ActorError, Pin, Store
from tojimari.agent.home import Home
from tojimari.agent.tasks import key_id
from tojimari.catalog.task_kind import TaskKind, TaskSystem


def looker_home(given: Path | None) -> Home:
    """Return the folder of the agent that looks: the one given, else of whoever called sudo."""
    if given is not None:
        return Home(given)
    own = Home()
    caller = os.environ.get("SUDO_USER")
    if own.enrolled or not caller:
        return own
    try:
        folder = Path(pwd.getpwnam(caller).pw_dir) / ".local/share/tojimari/agent"
    except KeyError:
        return own
    return Home(folder) if Home(folder).enrolled else own


@contextlib.contextmanager
def as_user(user: int) -> Iterator[None]:
    """Let root do something as ``user``, whose folder it is done in; others stay who they are.

    In a folder of theirs, somebody can put a link where root is about to write.
    """
    if os.geteuid() != 0 or user == 0:
        yield
        return
    try:
        group = pwd.getpwuid(user).pw_gid
    except KeyError:
        group = user
    groups, own = os.getgroups(), os.getegid()
    try:
        os.setgroups([])
        os.setegid(group)
        os.seteuid(user)
        yield
    finally:
        os.seteuid(0)
        os.setegid(own)
        os.setgroups(groups)


@contextlib.contextmanager
def as_owner_of(home: Home) -> Iterator[None]:
    """Let root do something in a looker's folder as the looker."""
    try:
        owner = home.folder.lstat().st_uid
    except OSError:
        owner = os.geteuid()
    with as_user(owner):
        yield


def allowed_kinds(
    kinds: dict[str, TaskKind], asked: Iterable[str], system: TaskSystem
) -> tuple[str, ...]:
    """Return the ids that are to be allowed: those asked for, else the usual ones of a system.

    With each come those that undo it. Raises ActorError for one that the catalog does not have.
    """
    wanted = list(dict.fromkeys(asked))
    for one in wanted:
        if one not in kinds:
            known = ", ".join(kinds)
            raise ActorError(
                f"「{one}」という作業はありません。あるのは: {known}",
                f"There is no kind of task {one!r}. There are: {known}",
            )
    wanted = wanted or [one.id for one in kinds.values() if one.default and system in one.engines]
    return tuple(dict.fromkeys(one for id_ in wanted for one in (id_, *kinds[id_].brings)))


def with_known_kinds(store: Store, pin: Pin) -> Pin:
    """Return ``pin`` with what is allowed already to the same portal: naming a kind adds it."""
    known = store.pin()
    if known is None or (known.key, known.device) != (pin.key, pin.device):
        return pin
    return msgspec.structs.replace(pin, kinds=tuple(dict.fromkeys((*known.kinds, *pin.kinds))))


def proposed_pin(
    home: Home, kinds: tuple[str, ...], *, key: str = "", untried: bool = False
) -> Pin:
    """Return the pin that root is to look at. Raises AgentError, ActorError.

    key: the portal's task key (hex) as root typed it; "" for the one the portal named.
    """
    identity = home.identity()
    public = key or identity.task_key or ""
    try:
        key_id(public)
    except ValueError as error:
        raise ActorError(
            "作業の鍵が分かりません。`tojimari agent run --once` を実行してから、もう一度試してください。",
            "The task key is not known. Run `tojimari agent run --once`, then try again.",
        ) from error
    owner = (home.folder / "enrolment.json").stat().st_uid
    return Pin(
        company=identity.company,
        portal=identity.server,
        device=identity.device,
        key=public,
        kinds=kinds,
        inbox=str((home.folder / "inbox").absolute()),
        owner=owner,
        untried=untried,
    )


def same_fingerprint(pin: Pin, typed: str) -> bool:
    """Return whether somebody typed the id of the pinned key, as the portal's page shows it."""
    return typed.strip() == key_id(pin.key)


def allow(store: Store, pin: Pin) -> bool:
    """Trust ``pin`` from now on and let systemd start the actor; returns whether systemd took it.

    Numbers that were used stay used, whoever is trusted. Raises ActorError.
    """
    store.make()
    with as_user(pin.owner):
        try:
            Path(pin.inbox).mkdir(mode=0o700, exist_ok=True)
        except OSError as error:
            raise ActorError(
                f"{pin.inbox}: 作れません ({error.strerror})。",
                f"{pin.inbox}: cannot be made ({error.strerror}).",
            ) from error
    with store.changing():
        known = store.pin()
        if known is not None and known.key == pin.key:
            pin = msgspec.structs.replace(pin, key_sequence=known.key_sequence)
        if known is not None and known.device != pin.device:
            _count_anew(store)
        store.save_pin(pin)
    store.stop_file.unlink(missing_ok=True)
    return units.install(pin.inbox)


def _count_anew(store: Store) -> None:
    """Forget the numbers of another enrolment: its tasks name another device. Raises ActorError."""
    with store.alone() as alone:
        if not alone:
            raise ActorError(
                "いま作業をしています。終わってから、もう一度試してください。",
                "Work is being done. Try again when it has ended.",
            )
        state = store.state()
        state.highest, state.held = 0, [one for one in state.held if one.state == "running"]
        store.save_state(state)


def refuse_all(store: Store, kinds: Mapping[str, TaskKind]) -> bool:
    """Trust nobody any more and take the units away; returns whether anybody was trusted.

    What waits is stopped and said to be, before nobody is there who could say it.
    """
    pin = store.pin()
    if pin is not None:
        store.save("stop", b"")
        Actor(store, kinds=kinds, engine_for=chooser(kinds, "linux", untried=pin.untried)).turn()
    with store.changing():
        store.remove_pin()
    store.stop_file.unlink(missing_ok=True)
    # Nobody could let it in again from afar.
    IsolationEngine(store).release_here()
    units.remove()
    return pin is not None


def refuse_kind(store: Store, kind: str) -> bool:
    """Allow a kind no more; returns whether it was allowed."""
    if store.pin() is None:
        return False
    with store.changing():
        pin = store.pin()
        if pin is None or kind not in pin.kinds:
            return False
        kinds = tuple(one for one in pin.kinds if one != kind)
        store.save_pin(msgspec.structs.replace(pin, kinds=kinds))
    return True
