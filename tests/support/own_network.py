"""Rules of a packet filter as the kernel takes them: loaded into a network of their own, looked at.

The look's modules are read once: every look is a process forked from one that has read them, which
costs a tenth of a Python of its own.
"""

import ctypes
import multiprocessing
import os
import subprocess
import traceback
from multiprocessing.connection import Connection
from pathlib import Path

import msgspec

from tests.support.hosts import OwnMachine, seen
from tests.support.patience import PATIENCE
from tojimari.model.facts import DeviceFirewall

_NEW_NETWORK, _NEW_USERS = 0x40000000, 0x10000000
"""CLONE_NEWNET and CLONE_NEWUSER of linux/sched.h: Python 3.11 does not name them."""

_forks = multiprocessing.get_context("forkserver")
_forks.set_forkserver_preload([__name__])


def firewall_of(program: str, rules: str) -> DeviceFirewall:
    """Return what is seen after ``rules`` were given to ``program`` in a network with nothing but lo.

    program: ``nft``, or ``sh`` for commands. Raises AssertionError with what went wrong there.
    """
    ours, theirs = _forks.Pipe(duplex=False)
    looking = _forks.Process(target=_look, args=(theirs, program, rules))
    looking.start()
    theirs.close()
    with ours:
        assert ours.poll(PATIENCE)
        found, fault = ours.recv()
    looking.join(PATIENCE)
    assert not fault, fault
    return msgspec.json.decode(found, type=DeviceFirewall)


def _look(answer: Connection, program: str, rules: str) -> None:
    try:
        _enter_new_network()
        if rules:
            words = ["-f", "-"] if program == "nft" else ["-e"]
            subprocess.run([program, *words], input=rules, text=True, check=True)
        fact = seen(OwnMachine(), DeviceFirewall).fact
        answer.send((msgspec.json.encode(fact), ""))
    except BaseException:  # noqa: BLE001  # told to whoever asked
        answer.send((b"", traceback.format_exc()))


def _enter_new_network() -> None:
    """Leave this network; as tests.support.hosts.unshared, root keeps its users."""
    root, user, group = os.geteuid() == 0, os.geteuid(), os.getegid()
    libc = ctypes.CDLL(None, use_errno=True)
    if libc.unshare(_NEW_NETWORK if root else _NEW_NETWORK | _NEW_USERS) != 0:
        raise OSError(ctypes.get_errno(), "unshare")
    if not root:
        Path("/proc/self/setgroups").write_text("deny")
        Path("/proc/self/uid_map").write_text(f"0 {user} 1")
        Path("/proc/self/gid_map").write_text(f"0 {group} 1")
