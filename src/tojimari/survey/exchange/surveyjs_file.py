"""The file of a SurveyJS form: JSON, or the same written as a JavaScript object."""

import re
from pathlib import Path
from typing import Any

import msgspec
import yaml

from tojimari.survey.exchange.portable import CannotConvert

MAX_BYTES = 5_000_000
MAX_DEPTH = 60
_SafeLoader: Any = getattr(yaml, "CSafeLoader", yaml.SafeLoader)


def read_form(path: Path) -> dict[str, Any]:
    """Return what stands in the file. Raises CannotConvert when it is neither JSON nor an object."""
    try:
        with path.open("rb") as file:
            data = file.read(MAX_BYTES + 1)
        if len(data) > MAX_BYTES:
            raise CannotConvert(path, "大きすぎます (5 MBまで)。", "is too large (5 MB at most).")
        raw = _decoded(data)
    except (OSError, msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        why = str(getattr(error, "strerror", None) or error)[:120]
        raise CannotConvert(
            path, f"JSONとして読めません ({why})。", f"is not readable JSON ({why})."
        ) from error
    if isinstance(raw, dict):
        return raw
    raise CannotConvert(path, "SurveyJSの形ではありません。", "has not the shape of SurveyJS.")


def _decoded(data: bytes) -> Any:
    text = data.removeprefix(b"\xef\xbb\xbf")
    try:
        return msgspec.json.decode(text)
    except msgspec.DecodeError:
        found = _as_object(text.decode("utf-8"))
        if found is None:
            raise
        return found


def _as_object(text: str) -> Any:
    """Read a JavaScript object: names without quotes, single quotes, a comma too many.

    YAML's flow style is the same for what forms hold; None where it is not. No aliases, no deep
    nesting: a text may not grow on being read.
    """
    begin, end = text.find("{"), text.rfind("}")
    lead = text[:begin]
    if (
        begin < 0
        or len(lead) > 2000
        or (lead.strip() and not re.search(r"[=(]\s*$|default\s*$", lead))
    ):
        return None
    body = re.sub(r"(?m)^\s*//.*$", "", text[begin : end + 1]).replace("\t", " ")
    # YAML wants a space behind the colon of a name without quotes.
    body = re.sub(r"(?m)([{,]\s*[A-Za-z_$][\w$]*)\s*:(?=\S)", r"\1: ", body)
    depth = 0
    try:
        for event in yaml.parse(body, Loader=_SafeLoader):
            depth += isinstance(event, yaml.CollectionStartEvent)
            depth -= isinstance(event, yaml.CollectionEndEvent)
            if isinstance(event, yaml.AliasEvent) or depth > MAX_DEPTH:
                return None
        return yaml.load(body, Loader=_SafeLoader)  # noqa: S506  # a safe loader
    except (yaml.YAMLError, ValueError, RecursionError):
        return None
