"""Tasks: what a portal may ask a device to do, signed, and how a device checks it.

A task is a compact JWS (RFC 7515) signed with the portal's task key (Ed25519, alg "EdDSA"), a key
for nothing else. Its header holds exactly ``alg``, ``typ`` and ``kid`` (the key's JWK thumbprint,
RFC 7638). A device trusts one such key. It comes to trust another only by a statement that the
present one signed (``KeyChange``), or by root at the device.
"""

import base64
import hashlib
import json
import re
from collections.abc import Collection, Mapping
from datetime import datetime, timedelta
from typing import Any, Literal
from uuid import UUID

import jwt
import msgspec
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey

from tojimari.catalog.task_kind import TaskKind
from tojimari.model import Text, TojimariError

TASK_TYPE = "tojimari-task+jwt"
KEY_TYPE = "tojimari-task-key+jwt"
MAX_TASK_BYTES = 8_192
LONGEST_WINDOW = timedelta(days=7)
_PARTS = re.compile(r"[A-Za-z0-9_-]+\.[A-Za-z0-9_-]+\.[A-Za-z0-9_-]+")
_NONCE = re.compile(r"[A-Za-z0-9_-]{22,128}")
_SIGNED = jwt.PyJWS(algorithms=["EdDSA"])

TASK_REFUSALS: dict[str, Text] = {
    "malformed": Text(ja="作業の形が読めません。", en="The task cannot be read."),
    "wrong_type": Text(
        ja="作業ではないものが届きました。", en="What arrived is not a task of this form."
    ),
    "foreign_key": Text(
        ja="この機器が信じている鍵で署名されていません。",
        en="It is not signed with the key this device trusts.",
    ),
    "bad_signature": Text(
        ja="署名が合いません。途中で書き換えられました。",
        en="The signature does not fit: it was altered on its way.",
    ),
    "other_device": Text(ja="ほかの機器への作業です。", en="It is a task for another device."),
    "bad_window": Text(
        ja="作業の期間が正しくないか、7日より長くなっています。",
        en="Its time is not right, or longer than 7 days.",
    ),
    "expired": Text(ja="作業の期限が過ぎています。", en="The time for the task is over."),
    "old_sequence": Text(
        ja="前の作業より古い番号です。", en="Its number is older than that of an earlier task."
    ),
    "notes_went_back": Text(
        ja="この機器が起動する前に署名された作業です。済んだかもしれないので、行いませんでした。",
        en="It was signed before this device started. It may have been done, so it was not done.",
    ),
    "used_nonce": Text(ja="一度使われた作業です。", en="It was used before."),
    "unknown_kind": Text(
        ja="この機器が知らない作業です。", en="It is a kind of task this device does not know."
    ),
    "bad_parameters": Text(
        ja="作業の中身が決まりに合いません。", en="What the task names does not fit the rules."
    ),
    "kind_not_allowed": Text(
        ja="この機器では許していない作業です。",
        en="This device does not allow this kind of task.",
    ),
    "no_engine": Text(
        ja="この機器には、この作業をする仕組みがありません。",
        en="This device has nothing that could do this.",
    ),
    "too_many_here": Text(
        ja="この機器には、作業がたまりすぎています。", en="Too many tasks wait at this device."
    ),
    "stopped_here": Text(
        ja="この機器の所で止められています。", en="It was stopped at this device."
    ),
    "not_installed": Text(
        ja="そのソフトは、この機器に入っていません。",
        en="This software is not installed on the device.",
    ),
    "would_remove": Text(
        ja="ほかのソフトが消えてしまうため、行いませんでした。",
        en="It would remove other software, so it was not done.",
    ),
    "would_downgrade": Text(
        ja="古い版に戻ってしまうため、行いませんでした。",
        en="It would go back to an older version, so it was not done.",
    ),
}
"""Every reason a device refuses a task for good, as both sides say it."""


class Task(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """One thing that one device may do once.

    Attributes:
        kind: id of a task kind in the catalog.
        parameters: what that kind asks for, name -> value.
        sequence: grows with each task of the device.
        nonce: at least 128 random bits, in the letters of base64url.
        not_before, expires: aware; at most ``LONGEST_WINDOW`` apart.
        approved_by: who said yes, for people to read.
        approval: whether for this task, or beforehand for all of this kind.
        second: who said yes as well, where two have to; None where one is enough.
        dry_run: only say what would change.
    """

    schema: Literal["tojimari.task/1"]
    task: UUID
    device: UUID
    kind: str
    parameters: dict[str, str]
    sequence: int
    nonce: str
    not_before: datetime
    expires: datetime
    approved_by: str
    approval: Literal["once", "policy"]
    second: str | None = None
    dry_run: bool = False


class KeyChange(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """The present task key names the next one.

    Attributes:
        public_key: the next key, 32 bytes as hex.
        sequence: grows with each such statement of a portal.
    """

    schema: Literal["tojimari.task-key/1"]
    public_key: str
    sequence: int


class TaskRefused(TojimariError):
    """The device refuses a task; ``reason`` is a key of ``TASK_REFUSALS``."""

    def __init__(self, reason: str) -> None:
        """Say the sentence of ``reason``."""
        words = TASK_REFUSALS[reason]
        super().__init__(words.ja, words.en)
        self.reason = reason


class Trust(msgspec.Struct, frozen=True):
    """What a device holds a task against.

    Attributes:
        key: the public key it trusts, 32 bytes as hex.
        device: who it is.
        kinds: ids of the kinds that are allowed here.
        highest: the highest sequence it ever took.
        nonces: those of tasks it took whose time is not over.
    """

    key: str
    device: UUID
    kinds: Collection[str]
    highest: int = 0
    nonces: Collection[str] = ()


def key_id(public_key: str) -> str:
    """Return the JWK thumbprint (RFC 7638) of an Ed25519 key given as hex. Raises ValueError.

    It is what two people compare: the portal's page and ``tojimari agent allow`` show the same.
    """
    raw = bytes.fromhex(public_key)
    if len(raw) != 32:
        raise ValueError("not 32 bytes")
    jwk = {"crv": "Ed25519", "kty": "OKP", "x": _base64(raw)}
    canonical = json.dumps(jwk, separators=(",", ":"), sort_keys=True)
    return _base64(hashlib.sha256(canonical.encode()).digest())


def _base64(data: bytes) -> str:
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()


def _sign(message: msgspec.Struct, key: Ed25519PrivateKey, type_: str) -> str:
    kid = key_id(key.public_key().public_bytes_raw().hex())
    headers = {"typ": type_, "kid": kid}
    return _SIGNED.encode(msgspec.json.encode(message), key, algorithm="EdDSA", headers=headers)


def sign_task(task: Task, key: Ed25519PrivateKey) -> str:
    """Return ``task`` as a compact JWS of the portal's task key."""
    return _sign(task, key, TASK_TYPE)


def sign_key_change(change: KeyChange, old: Ed25519PrivateKey) -> str:
    """Return the statement by which the ``old`` task key names the next."""
    return _sign(change, old, KEY_TYPE)


def _opened(signed: str, key: str, type_: str) -> bytes:
    """Return the payload of a JWS that ``key`` signed, of this very form. Raises TaskRefused."""
    if len(signed) > MAX_TASK_BYTES or not _PARTS.fullmatch(signed):
        raise TaskRefused("malformed")
    parts = signed.split(".")
    try:
        raw = [base64.urlsafe_b64decode(part + "=" * (-len(part) % 4)) for part in parts]
        header: Any = json.loads(raw[0])
    except (ValueError, RecursionError) as error:
        raise TaskRefused("malformed") from error
    # One spelling for one task: bits that the last letter leaves unused stay unused.
    if [_base64(part) for part in raw] != parts or not isinstance(header, dict):
        raise TaskRefused("malformed")
    # Nothing else in the header: what is not known there (crit, b64, jwk, x5u) is not obeyed.
    if set(header) != {"alg", "typ", "kid"} or header["alg"] != "EdDSA" or header["typ"] != type_:
        raise TaskRefused("wrong_type")
    try:
        if header["kid"] != key_id(key):
            raise TaskRefused("foreign_key")
        public = Ed25519PublicKey.from_public_bytes(bytes.fromhex(key))
        payload = _SIGNED.decode(signed, key=public, algorithms=["EdDSA"])
    except (jwt.PyJWTError, ValueError, RecursionError) as error:
        raise TaskRefused("bad_signature") from error
    if not isinstance(payload, bytes):
        raise TaskRefused("malformed")
    return payload


def _read(payload: bytes, shape: Any) -> Any:
    try:
        return msgspec.json.decode(payload, type=shape)
    except (msgspec.MsgspecError, ValueError, RecursionError) as error:
        raise TaskRefused("malformed") from error


def check_parameters(kind: TaskKind, parameters: Mapping[str, str]) -> None:
    """Refuse parameters that a kind does not declare so. Raises TaskRefused.

    Patterns hold whole values: no line ends, no options, no versions, no paths come through.
    """
    if set(parameters) != set(kind.parameters):
        raise TaskRefused("bad_parameters")
    for name, declared in kind.parameters.items():
        if not re.fullmatch(declared.pattern, parameters[name], re.ASCII):
            raise TaskRefused("bad_parameters")


def _in_time(task: Task, now: datetime) -> None:
    if task.not_before.tzinfo is None or task.expires.tzinfo is None:
        raise TaskRefused("bad_window")
    if not timedelta(0) < task.expires - task.not_before <= LONGEST_WINDOW:
        raise TaskRefused("bad_window")
    # A clock that stands wrong may not stretch the window: nothing comes more than one ahead.
    if task.not_before - now > LONGEST_WINDOW:
        raise TaskRefused("bad_window")
    if now >= task.expires:
        raise TaskRefused("expired")


def read_task(signed: str, trust: Trust, kinds: Mapping[str, TaskKind], *, now: datetime) -> Task:
    """Return the task in ``signed`` when everything about it holds. Raises TaskRefused.

    kinds: the catalog's. Whether its time has come already is for the caller: a task may be taken
    before ``not_before``, and is not done before it.
    """
    task: Task = _read(_opened(signed, trust.key, TASK_TYPE), Task)
    if task.device != trust.device:
        raise TaskRefused("other_device")
    if not _NONCE.fullmatch(task.nonce):
        raise TaskRefused("malformed")
    _in_time(task, now)
    # The nonce first: the same task again is told from one that comes too late.
    if task.nonce in trust.nonces:
        raise TaskRefused("used_nonce")
    if task.sequence <= trust.highest:
        raise TaskRefused("old_sequence")
    kind = kinds.get(task.kind)
    if kind is None:
        raise TaskRefused("unknown_kind")
    check_parameters(kind, task.parameters)
    if task.kind not in trust.kinds:
        raise TaskRefused("kind_not_allowed")
    return task


def read_key_change(signed: str, key: str, *, highest: int) -> KeyChange:
    """Return the statement of the trusted ``key`` (hex) that names the next. Raises TaskRefused.

    highest: the highest sequence of such a statement that was taken.
    """
    change: KeyChange = _read(_opened(signed, key, KEY_TYPE), KeyChange)
    try:
        key_id(change.public_key)
        Ed25519PublicKey.from_public_bytes(bytes.fromhex(change.public_key))
    except ValueError as error:
        raise TaskRefused("malformed") from error
    if change.sequence <= highest:
        raise TaskRefused("old_sequence")
    return change


def _claims(signed: str) -> dict[str, Any]:
    try:
        part = signed[:MAX_TASK_BYTES].split(".")[1]
        payload = json.loads(base64.urlsafe_b64decode(part + "=" * (-len(part) % 4)))
    except (ValueError, IndexError, RecursionError):
        return {}
    return payload if isinstance(payload, dict) else {}


def named_task(signed: str) -> UUID | None:
    """Return the id a task gives itself, **unchecked**: only for saying which one was refused."""
    try:
        return UUID(_claims(signed)["task"])
    except (ValueError, KeyError, TypeError, AttributeError):
        return None


def named_sequence(signed: str) -> int:
    """Return the number a task gives itself, **unchecked**: only for the order of reading."""
    found = _claims(signed).get("sequence")
    return found if isinstance(found, int) else 0
