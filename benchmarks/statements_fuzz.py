"""The verifier of statements under a coverage-guided fuzzer (atheris, libFuzzer).

    PYTHONPATH=src:. nice -n 19 python benchmarks/statements_fuzz.py CORPUS -max_total_time=1800 -print_final_stats=1

Five ways in, drawn by the first byte: a text as it is; a payload and what is shown, made up and then
rightly signed (a signature would keep everything else out); a status list, a summary for paper and a
binding to a reader, each made up and rightly signed. Whatever comes, checking answers with a verdict and
never with another error; what holds has counts that fit, and is bound to who asked. atheris is no dependency of the project: `pip install atheris` beside it.
"""

import contextlib
import sys
from pathlib import Path

import atheris

with atheris.instrument_imports(include=["tojimari.attest"]):
    from tests.support.statements import (
        ASKED,
        BUYER,
        HEADER,
        HOLDER,
        KEY,
        KEYS,
        LIST,
        NONCE,
        NOW,
        attacks,
        bound,
        issued,
        payload,
        status_list,
    )

    from tojimari.attest.plain_json import b64, unb64
    from tojimari.attest.sd_jwt import BINDING_TYPE, digest, present
    from tojimari.attest.statement import SUMMARY_TYPE, check

import msgspec
from joserfc import jws
from joserfc.jwk import ECKey

_ES256 = jws.JWSRegistry(algorithms=["ES256"])
_MADE = issued()
ATTACKS = list(attacks().values())
RIGHT = bound(_MADE)
LISTED = status_list({77: "suspended"})
SIGNED = {one.split("~")[0] for one in (RIGHT, _MADE.summary, *(one.text for one in ATTACKS))}
"""What KEY signed. Some attacks are right statements, made for somebody else than who asks."""
BREAK = b"\x00"
WAYS = 5
PRESENTED = present(_MADE.signed, _MADE.shows.values())


def signed(header: dict[str, str], body: bytes, key: ECKey = KEY) -> str:
    return str(jws.serialize_compact({"alg": "ES256", **header}, body, key, registry=_ES256))


def made_up(data: bytes) -> str:
    """Return a rightly signed text: the payload, and after each NUL something that is shown.

    ``#0`` in the payload stands for the digest of the first of them, and so on.
    """
    body, *shown = data.split(BREAK)
    texts = [b64(one) for one in shown[:20]]
    for place, text in enumerate(texts):
        body = body.replace(b"#%d" % place, digest(text).encode())
    return "~".join([signed(HEADER, body), *texts, ""])


def bound_by(data: bytes) -> str:
    """Return a right statement with a binding made up; ``#h`` stands for the digest of the statement."""
    body = data.replace(b"#h", digest(PRESENTED).encode())
    return PRESENTED + signed({"typ": BINDING_TYPE}, body, HOLDER)


def made_of(way: int, data: bytes) -> tuple[str, str]:
    """Return the text and the status list for a way in."""
    if way == 0:
        return data.decode("utf-8", "replace"), ""
    if way == 1:
        return made_up(data), ""
    if way == 2:
        return RIGHT, signed({"typ": "statuslist+jwt", "kid": HEADER["kid"]}, data)
    if way == 3:
        return signed({"typ": SUMMARY_TYPE, "kid": HEADER["kid"]}, data), ""
    return bound_by(data), ""


def one_input(data: bytes) -> None:
    if not data:
        return
    way = data[0] % WAYS
    text, status = made_of(way, data[1:])
    expected = ASKED if way == 4 else None
    verdict = check(text, KEYS, now=NOW, status=status, expected=expected)
    if verdict.state == "refused":
        assert verdict.why is not None
        assert verdict.statement is None
        return
    said = verdict.statement
    assert said is not None
    assert min(said.counts.values()) >= 0
    assert sum(said.met_by.values()) == said.counts["met"]
    assert said.hidden >= 0
    assert said.paper == ("~" not in text)
    assert way != 0 or text.strip().split("~")[0] in SIGNED
    if way == 4:
        assert said.binding is not None
        assert (said.binding.audience, said.binding.nonce) == (BUYER, NONCE)


def seeds(folder: Path) -> None:
    """Put right texts and the attacks of the tests into the corpus, each for its way in."""
    folder.mkdir(parents=True, exist_ok=True)
    found = [b"\x00" + one.text.encode("utf-8", "replace") for one in ATTACKS]
    found += [b"\x00" + RIGHT.encode(), b"\x00" + _MADE.summary.encode()]
    shown = list(_MADE.shows.values())[:3]
    hiding = msgspec.json.encode(payload(items={"_sd": ["#0", "#1", "#2"]}))
    found.append(b"\x01" + BREAK.join([hiding, *(unb64(one) for one in shown)]))
    found.append(b"\x01" + msgspec.json.encode(payload()))
    found.append(b"\x02" + unb64(LISTED.split(".")[1]))
    found.append(
        b"\x02"
        + msgspec.json.encode(
            {
                "sub": LIST,
                "iat": NOW,
                "exp": NOW + 9,
                "status_list": {"bits": 1, "lst": "eNrbuRgAAhcBXQ"},
            }
        )
    )
    found.append(b"\x03" + unb64(_MADE.summary.split(".")[1]))
    right = {"iat": NOW, "aud": BUYER, "nonce": NONCE, "sd_hash": "#h"}
    found += [
        b"\x04" + msgspec.json.encode({**right, **other})
        for other in ({}, {"aud": "x"}, {"nonce": "x"}, {"iat": NOW + 9999}, {"sd_hash": "x"})
    ]
    for number, data in enumerate(found):
        (folder / f"seed-{number}").write_bytes(data)


def main() -> None:
    with contextlib.suppress(IndexError):
        seeds(Path(sys.argv[1]))
    atheris.Setup(sys.argv, one_input)
    atheris.Fuzz()


if __name__ == "__main__":
    main()
