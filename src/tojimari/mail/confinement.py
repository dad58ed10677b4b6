"""Shuts a process in before it reads what a stranger sent.

What is left of it: memory and a little time. No file can be opened, no network used, no program
started, by two walls. Limits of resources hold on every Unix; on Linux a filter of system calls
(seccomp, kernel 3.5) holds against native code too, also where the process runs as root.
Windows has neither; there the reading process is only ended when it takes too long.
"""

import ctypes
import importlib
import platform
import struct
import sys
from functools import cache
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    _Bytes = ctypes.Array[ctypes.c_char]

SECONDS = 8
"""Processor time of one message."""
MEMORY = 768 << 20
"""Bytes beyond what the process has when it is shut in."""

# Numbers of the calls that are allowed, by machine: linux/include/uapi/asm-generic/unistd.h and
# arch/x86/entry/syscalls/syscall_64.tbl: memory, clocks, reading and writing what is open, the end.
_ALLOWED = {
    "x86_64": (0, 1, 3, 5, 8, 9, 10, 11, 12, 13, 14, 15, 17, 19, 20, 24, 25, 28, 39, 60, 96, 98, 131, 186, 202, 219, 228, 230, 231, 262, 273, 318, 324, 334),
    "aarch64": (57, 62, 63, 64, 65, 66, 67, 80, 79, 93, 94, 98, 99, 113, 115, 124, 128, 132, 134, 135, 139, 165, 169, 172, 178, 214, 215, 216, 222, 226, 233, 278, 283, 293),
}  # fmt: skip
_AUDIT = {"x86_64": 0xC000003E, "aarch64": 0xC00000B7}
_LOAD_WORD, _JUMP_EQUAL, _RETURN = 0x20, 0x15, 0x06
_KILL, _ALLOW, _REFUSE = 0x80000000, 0x7FFF0000, 0x00050000 | 1
"""The last: the call fails with EPERM, and the library that made it goes on."""
_PR_SET_NO_NEW_PRIVS, _PR_SET_SECCOMP, _FILTER = 38, 22, 2


def shut_in() -> bool:
    """Shut this process in for good. Return whether the kernel filters its calls as well."""
    if sys.platform == "win32":
        return False
    _limit()
    return sys.platform == "linux" and _filter()


def _limit() -> None:
    import resource

    def lower(what: int, most: int) -> None:
        _, hard = resource.getrlimit(what)
        most = most if hard == resource.RLIM_INFINITY else min(most, hard)
        resource.setrlimit(what, (most, most))

    lower(resource.RLIMIT_CPU, SECONDS)
    lower(resource.RLIMIT_FSIZE, 0)
    lower(resource.RLIMIT_CORE, 0)
    if sys.platform == "linux":  # elsewhere the size counts what is only reserved
        lower(resource.RLIMIT_AS, _size() + MEMORY)
        lower(resource.RLIMIT_NPROC, 0)
    lower(resource.RLIMIT_NOFILE, 0)  # what is open stays open; nothing more can be


def _size() -> int:
    with open("/proc/self/statm", encoding="ascii") as file:
        return int(file.read().split()[0]) * 4096


def prepare_walls() -> None:
    """Load what ``shut_in`` takes, so that children begun afterwards need not."""
    if sys.platform != "win32":
        importlib.import_module("resource")
    if sys.platform == "linux" and platform.machine() in _ALLOWED:
        _control()
        _program(platform.machine())


def _filter() -> bool:
    machine = platform.machine()
    if machine not in _ALLOWED:
        return False
    control, (program, _) = _control(), _program(machine)
    if control(_PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0):
        return False
    return bool(control(_PR_SET_SECCOMP, _FILTER, ctypes.addressof(program), 0, 0) == 0)


@cache
def _control() -> Any:
    """Return the call of the C library that puts up the filter."""
    control = ctypes.CDLL(None).prctl
    control.argtypes = [ctypes.c_int, *(ctypes.c_ulong,) * 4]
    return control


@cache
def _program(machine: str) -> "tuple[_Bytes, _Bytes]":
    """Return the filter (struct sock_fprog), and the lines that it points to."""
    allowed = _ALLOWED[machine]
    lines = [
        (_LOAD_WORD, 0, 0, 4),  # the machine that the call is for
        (_JUMP_EQUAL, 1, 0, _AUDIT[machine]),
        (_RETURN, 0, 0, _KILL),
        (_LOAD_WORD, 0, 0, 0),  # its number
        *((_JUMP_EQUAL, len(allowed) - at, 0, number) for at, number in enumerate(allowed)),
        (_RETURN, 0, 0, _REFUSE),
        (_RETURN, 0, 0, _ALLOW),
    ]
    code = b"".join(struct.pack("HBBI", *line) for line in lines)
    buffer = ctypes.create_string_buffer(code)
    program = ctypes.create_string_buffer(
        struct.pack("HxxxxxxP", len(lines), ctypes.addressof(buffer))
    )
    return program, buffer
