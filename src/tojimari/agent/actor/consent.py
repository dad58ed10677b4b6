"""Root at the device lets a portal give tasks, or takes that back."""

import os
import pwd
from collections.abc import Iterable, Mapping
from pathlib import Path

import msgspec

from tojimari.agent.actor import units
from tojimari.agent.actor.actor import Actor
from tojimari.agent.actor.engines import chooser
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


def allowed_kinds(
    kinds: dict[str, TaskKind], asked: Iterable[str], system: TaskSystem
) -> tuple[str, ...]:
    """Return the ids that are to be allowed: those asked for, else the usual ones of a system.

    Raises ActorError for one that the catalog does not have.
    """
    wanted = list(dict.fromkeys(asked))
    for one in wanted:
        if one not in kinds:
            known = ", ".join(kinds)
            raise ActorError(
                f"「{one}」という作業はありません。あるのは: {known}",
                f"There is no kind of task {one!r}. There are: {known}",
            )
    return tuple(
        wanted or [one.id for one in kinds.values() if one.default and system in one.engines]
    )


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
    known = store.pin()
    if known is not None and known.key == pin.key:
        pin = msgspec.structs.replace(pin, key_sequence=known.key_sequence)
    state = store.state()
    if known is not None and known.device != pin.device:
        # Another enrolment counts anew: tasks of the one before name another device.
        state.highest, state.held = 0, [one for one in state.held if one.state == "running"]
    store.save_state(state)
    inbox = Path(pin.inbox)
    inbox.mkdir(mode=0o700, exist_ok=True)
    folder = os.open(inbox, os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW)
    try:
        if os.fstat(folder).st_uid == os.geteuid():
            os.fchown(folder, pin.owner, -1)
    finally:
        os.close(folder)
    store.save_pin(pin)
    store.stop_file.unlink(missing_ok=True)
    return units.install(pin.inbox)


def refuse_all(store: Store, kinds: Mapping[str, TaskKind]) -> bool:
    """Trust nobody any more and take the units away; returns whether anybody was trusted.

    What waits is stopped and said to be, before nobody is there who could say it.
    """
    pin = store.pin()
    if pin is not None:
        store.save("stop", b"")
        Actor(store, kinds=kinds, engine_for=chooser(kinds, "linux", untried=pin.untried)).turn()
    store.remove_pin()
    store.stop_file.unlink(missing_ok=True)
    units.remove()
    return pin is not None


def refuse_kind(store: Store, kind: str) -> bool:
    """Allow a kind no more; returns whether it was allowed."""
    pin = store.pin()
    if pin is None or kind not in pin.kinds:
        return False
    kinds = tuple(one for one in pin.kinds if one != kind)
    store.save_pin(msgspec.structs.replace(pin, kinds=kinds))
    return True
