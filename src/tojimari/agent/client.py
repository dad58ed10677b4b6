"""Talks to the portal: signed messages over HTTPS, bounded in time and size, no redirects."""

import http.client
import time
import urllib.error
import urllib.request
from collections.abc import Callable
from typing import Any, NoReturn
from urllib.parse import urlsplit

import jwt
import msgspec
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from tojimari import __version__
from tojimari.agent.home import AgentError, DeviceIdentity
from tojimari.agent.task_report import ActorReport, TaskReport
from tojimari.agent.wire import CONTENT_TYPE, Enrolled, Enrolment, Ping, RefusalReply, Report, Taken

TIMEOUT_SECONDS = 20.0
MAX_ANSWER_BYTES = 524_288
"""As many tasks as are handed out at once, each as long as one may be."""
_SIGN = jwt.PyJWS(algorithms=["EdDSA"])


class Offline(AgentError):
    """The portal could not be reached, or is in trouble itself; trying later makes sense."""


class RefusedByPortal(AgentError):
    """The portal refused; ``reason`` is a key of ``wire.REFUSALS``."""

    def __init__(self, refused: RefusalReply) -> None:
        """Take over the portal's sentence."""
        super().__init__(refused.ja, refused.en)
        self.reason = refused.reason


def server_address(given: str) -> str:
    """Return the portal's address without a trailing slash. Raises AgentError.

    Plain http is allowed only to this computer: elsewhere others could read the report.
    """
    parts = urlsplit(given.strip())
    loopback = parts.hostname in ("127.0.0.1", "localhost", "::1")
    try:
        _ = parts.port
    except ValueError:
        parts = urlsplit("")
    if (
        not parts.hostname
        or parts.username
        or not (parts.scheme == "https" or (parts.scheme == "http" and loopback))
    ):
        raise AgentError(
            f"--server {given}: https:// で始まるアドレスを書いてください。",
            f"--server {given}: give an address that begins with https://.",
        )
    return f"{parts.scheme}://{parts.netloc}"


class _NoRedirect(urllib.request.HTTPRedirectHandler):
    def redirect_request(self, *_: Any, **__: Any) -> None:
        return None


_OPENER = urllib.request.build_opener(_NoRedirect)


def sign(payload: bytes, key: Ed25519PrivateKey, device: str, *, at: float) -> bytes:
    """Return ``payload`` as a compact JWS with the device's id and clock in its header."""
    headers = {"kid": device, "iat": int(at), "typ": "JOSE"}
    return _SIGN.encode(payload, key, algorithm="EdDSA", headers=headers).encode()


def _post(address: str, body: bytes, kind: str) -> bytes:
    request = urllib.request.Request(  # noqa: S310  # the scheme was checked by server_address
        address,
        data=body,
        headers={"Content-Type": kind, "User-Agent": f"tojimari-agent/{__version__}"},
        method="POST",
    )
    try:
        with _OPENER.open(request, timeout=TIMEOUT_SECONDS) as answer:
            return bytes(answer.read(MAX_ANSWER_BYTES))
    except urllib.error.HTTPError as error:
        with error:
            _refused(error.code, error.read(MAX_ANSWER_BYTES))
    except (OSError, ValueError, http.client.HTTPException) as error:
        reason = getattr(error, "reason", error)
        raise Offline(
            f"会社のページにつながりません ({reason})。あとで送り直します。",
            f"The portal cannot be reached ({reason}). It is sent later.",
        ) from error


def _refused(status: int, body: bytes) -> NoReturn:
    try:
        raise RefusedByPortal(msgspec.json.decode(body, type=RefusalReply))
    except msgspec.MsgspecError:
        raise Offline(
            f"会社のページが答えられません (HTTP {status})。あとで送り直します。",
            f"The portal cannot answer (HTTP {status}). It is sent later.",
        ) from None


def _read(data: bytes, shape: Any) -> Any:
    try:
        return msgspec.json.decode(data, type=shape)
    except msgspec.MsgspecError as error:
        raise Offline(
            "会社のページの答えが読めません。アドレスが正しいか確かめてください。",
            "The portal's answer makes no sense. Check the address.",
        ) from error


def enrol(server: str, message: Enrolment) -> Enrolled:
    """Ask the portal to enrol this device. Raises RefusedByPortal or Offline."""
    data = _post(f"{server}/api/v1/enrol", msgspec.json.encode(message), "application/json")
    answer: Enrolled = _read(data, Enrolled)
    return answer


def public_hex(key: Ed25519PrivateKey) -> str:
    """Return the public half of a key as the portal wants it."""
    raw = key.public_key().public_bytes(serialization.Encoding.Raw, serialization.PublicFormat.Raw)
    return raw.hex()


class PortalClient:
    """Sends the signed messages of one enrolled device to its portal."""

    def __init__(
        self,
        identity: DeviceIdentity,
        key: Ed25519PrivateKey,
        clock: Callable[[], float] = time.time,
    ) -> None:
        """Sign with ``key`` as the enrolled device."""
        self.identity, self.key, self.clock = identity, key, clock

    def _send(self, what: str, payload: bytes) -> Taken:
        signed = sign(payload, self.key, str(self.identity.device), at=self.clock())
        data = _post(f"{self.identity.server}/api/v1/{what}", signed, CONTENT_TYPE)
        answer: Taken = _read(data, Taken)
        return answer

    def report(self, report: Report) -> Taken:
        """Send a report. Raises RefusedByPortal or Offline."""
        return self._send("reports", msgspec.json.encode(report))

    def task_report(self, report: TaskReport) -> Taken:
        """Say where a task stands. Raises RefusedByPortal or Offline."""
        return self._send("task-reports", msgspec.json.encode(report))

    def actor_report(self, report: ActorReport) -> Taken:
        """Say what is allowed here. Raises RefusedByPortal or Offline."""
        return self._send("actor", msgspec.json.encode(report))

    def ping(self) -> Taken:
        """Ask whether a look is wanted. Raises RefusedByPortal or Offline."""
        ping = Ping("tojimari.ping/1", self.identity.device)
        return self._send("ping", msgspec.json.encode(ping))
