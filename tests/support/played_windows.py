"""A Windows that answers COM, WMI and C functions from a recording."""

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from tojimari.collect.device.windows.api import Question
from tojimari.collect.device.windows.api.errors import refusal
from tojimari.collect.host import Missing

ANSWERS = Path(__file__).parents[1] / "assets" / "windows" / "answers"


class PlayedWindows:
    r"""Answers by key; what was not recorded is missing.

    Keys are the questions themselves, ``root\SecurityCenter2:AntiVirusProduct`` for WMI and
    ``channel/provider/id`` for events. ``{"refused": "0x80070005"}`` is a refusal by that number.
    """

    def __init__(self, answers: dict[str, Any] | None = None) -> None:
        self.answers = answers or {}

    def _answer(self, key: str) -> Any:
        if key not in self.answers:
            raise Missing(key)
        held = self.answers[key]
        if isinstance(held, BaseException):
            raise held
        if isinstance(held, dict) and str(held.get("refused", "")).startswith("0x"):
            raise refusal(int(held["refused"], 16), key)
        return held

    def ask(self, question: Question) -> Any:
        return self._answer(question)

    def wmi(self, namespace: str, wmi_class: str, columns: Sequence[str]) -> Any:
        return self._answer(f"{namespace}:{wmi_class}")

    def events(self, channel: str, provider: str, event_id: int) -> Any:
        return self._answer(f"{channel}/{provider}/{event_id}")


def machine(name: str, **changed: Any) -> PlayedWindows:
    """Return a recorded machine, with single answers changed."""
    recorded = json.loads((ANSWERS / f"{name}.json").read_text("utf-8"))
    return PlayedWindows(recorded | changed)


def machines() -> list[str]:
    """Return the names of all recorded machines."""
    return sorted(path.stem for path in ANSWERS.glob("*.json"))
