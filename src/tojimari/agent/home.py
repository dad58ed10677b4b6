"""Where the agent keeps its key, its enrolment and what waits to be sent: a folder of its user."""

import os
from datetime import datetime
from pathlib import Path
from uuid import UUID

import msgspec
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from tojimari.agent.wire import System
from tojimari.lib import folders
from tojimari.lib.files import write_whole
from tojimari.model import CannotWrite, TojimariError


class AgentError(TojimariError):
    """The agent cannot do what was asked; the message says what to do."""


class DeviceIdentity(msgspec.Struct, frozen=True):
    """Who the device is to the portal, as the portal answered the enrolment.

    Attributes:
        server: address of the portal, without a trailing slash.
        device: the device's id there.
        company: name of the company it belongs to.
        name: what people call the device.
        system: its operating system.
        task_key: public key (hex) that the portal signs tasks with, as it said; only root at the
            device makes it one that is trusted.
    """

    server: str
    device: UUID
    company: str
    name: str
    system: System
    task_key: str | None = None


class Schedule(msgspec.Struct):
    """What is due when; stored, so that a restart alone is no reason to look again.

    Attributes:
        next_look: earliest next look (UTC); None for at once.
        failures: failed sendings in a row.
        retry_at: earliest next sending after a failure (UTC); None for at once.
        last_sent: last report the portal took (UTC); None for never.
        last_problem: language -> sentence on the last failure; empty when there is none.
    """

    next_look: datetime | None = None
    failures: int = 0
    retry_at: datetime | None = None
    last_sent: datetime | None = None
    last_problem: dict[str, str] = {}


def home() -> Path:
    """Return the agent's folder: TOJIMARI_AGENT_HOME, else the platform's data folder."""
    chosen = os.environ.get("TOJIMARI_AGENT_HOME")
    if chosen:
        return Path(chosen)
    import platformdirs

    return Path(platformdirs.user_data_dir("tojimari", appauthor=False)) / "agent"


def write_private(path: Path, data: bytes) -> None:
    """Write ``path`` whole, and its folder where missing, readable by their user only.

    Raises AgentError, CannotWrite.
    """
    folder = path.parent
    try:
        folders.make_private(folder)
    except OSError as error:
        raise AgentError(
            f"{folder}: 作れません ({error.strerror})。空き容量と権限を確かめてください。",
            f"{folder}: cannot be made ({error.strerror}). Check space and permissions.",
        ) from error
    try:
        write_whole(path, data)
    except OSError as error:
        raise CannotWrite(path, error) from error


class Home:
    """The agent's folder, readable by its user only."""

    def __init__(self, folder: Path | None = None) -> None:
        """Use ``folder``, or the default one."""
        self.folder = folder or home()

    def _write(self, name: str, data: bytes) -> None:
        write_private(self.folder / name, data)

    def make_key(self) -> Ed25519PrivateKey:
        """Make a new key; nothing is saved until ``save_identity`` is called."""
        return Ed25519PrivateKey.generate()

    def save_identity(self, key: Ed25519PrivateKey, identity: DeviceIdentity) -> None:
        """Save the device's key and who it is to the portal."""
        self._write(
            "key.pem",
            key.private_bytes(
                serialization.Encoding.PEM,
                serialization.PrivateFormat.PKCS8,
                serialization.NoEncryption(),
            ),
        )
        self._write("enrolment.json", msgspec.json.encode(identity))

    def save_task_key(self, key: str) -> None:
        """Keep the task key that the portal names, where it named none at enrolment."""
        known = msgspec.structs.replace(self.identity(), task_key=key)
        self._write("enrolment.json", msgspec.json.encode(known))

    @property
    def enrolled(self) -> bool:
        """Whether the device is enrolled."""
        return (self.folder / "enrolment.json").is_file()

    def key(self) -> Ed25519PrivateKey:
        """Return the device's key. Raises AgentError."""
        try:
            key = serialization.load_pem_private_key((self.folder / "key.pem").read_bytes(), None)
        except (OSError, ValueError) as error:
            raise self._lost() from error
        if not isinstance(key, Ed25519PrivateKey):
            raise self._lost()
        return key

    def identity(self) -> DeviceIdentity:
        """Return who the device is to the portal. Raises AgentError when it is not enrolled."""
        try:
            data = (self.folder / "enrolment.json").read_bytes()
            return msgspec.json.decode(data, type=DeviceIdentity)
        except FileNotFoundError as error:
            raise AgentError(
                "この機器はまだ登録されていません。会社のページで番号を出し、`tojimari agent enroll 番号 "
                "--server アドレス` を実行してください。",
                "This device is not enrolled. Get a code on the portal and run `tojimari agent "
                "enroll CODE --server URL`.",
            ) from error
        except (OSError, msgspec.MsgspecError) as error:
            raise self._lost() from error

    def _lost(self) -> AgentError:
        return AgentError(
            f"{self.folder}: 登録の鍵が読めません。`tojimari agent leave` のあと、もう一度登録してください。",
            f"{self.folder}: the key or enrolment cannot be read. Run `tojimari agent leave` and "
            "enrol again.",
        )

    def schedule(self) -> Schedule:
        """Return the schedule; a damaged one starts anew."""
        try:
            data = (self.folder / "schedule.json").read_bytes()
            return msgspec.json.decode(data, type=Schedule)
        except (OSError, msgspec.MsgspecError):
            return Schedule()

    def save_schedule(self, schedule: Schedule) -> None:
        """Save the schedule."""
        self._write("schedule.json", msgspec.json.encode(schedule))

    def forget(self) -> None:
        """Delete key, enrolment, schedule, queue, and tasks that nobody took yet."""
        for name in ("key.pem", "enrolment.json", "schedule.json", "tasks-sent.json"):
            (self.folder / name).unlink(missing_ok=True)
        for path in (*(self.folder / "queue").glob("*.json"), *(self.folder / "inbox").glob("*")):
            path.unlink(missing_ok=True)
