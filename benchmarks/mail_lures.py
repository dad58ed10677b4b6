"""Learns the weights of the text model (src/tojimari/mail/lures.bin).

Only from mails that may be used so: the SpamAssassin public corpus (PDDL 1.0 / CC0) and sisimai's
set of bounces (BSD-2-Clause). No mail of a mailing list's archive without a licence, none of a
source for non-commercial use; beside them notices and lures invented by us (mail_ordinary.yaml,
mail_lures.yaml). What is learned is whether a text is like unwanted mail; the signals say the rest. The same mails give the same file, byte for byte.

    python benchmarks/mail_lures.py CORPUS [--out FILE | --check | --held-out]

``mail_lures.sha256`` beside this has the digests of what was learned from and of what came out; it is
written with the file. ``--check`` learns again, writes nothing, and ends with 1 where anything is not
as it says there. ``--held-out`` writes nothing either: it learns five times without a fifth of what we
invented and tells how much that fifth reads like lures.

CORPUS: a folder with manifest.csv (id, label, source, split, cluster) and train/<id>.eml.
"""

import argparse
import csv
import hashlib
import random
import re
import sys
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import yaml
from scipy import optimize, sparse
from scipy.sparse import linalg

from tojimari.mail.lures import Weights, packed, tokens
from tojimari.mail.message import Message
from tojimari.mail.reading import read_file
from tojimari.mail.signals.wording import own_words
from tojimari.mail.verdict import LURE, LURE_AT_MOST

INVENTED = Path(__file__).parent
INVENTED_FILES = ("mail_ordinary.yaml", "mail_lures.yaml")
DIGESTS = INVENTED / "mail_lures.sha256"
LEARNED = (300, 900)
"""Characters from the beginning that are learned from as one text each."""
FILLED = 6
"""Times that each of our own notices is filled."""
SEED = 18
FOLDS = 5
ITEMS = ("notebook", "garden chair", "ノート", "椅子", "price list", "見積一覧", "lamp", "印刷用紙")
SOURCES = ("stdlib-js/datasets-spam-assassin", "sisimai/set-of-emails")
IN_AT_LEAST = 4
"""Mails that a token has to be in."""
KEPT = 15_000
"""Tokens that are kept: those that weigh most."""
STRENGTH = 0.5
"""Of the pull towards zero (L2)."""
NEWTON_STEPS = 20
DOWN_AT_MOST = 1e-10
"""Slope from which on the minimum is reached."""


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("corpus", type=Path)
    parser.add_argument("--out", type=Path, default=Path("src/tojimari/mail/lures.bin"))
    parser.add_argument("--check", action="store_true")
    parser.add_argument("--held-out", action="store_true")
    given = parser.parse_args()
    rows, digest = _mails(given.corpus)
    if given.held_out:
        _try_held_out(rows)
        return
    rows += invented_texts()
    data = learn(rows)
    digests = _digests(digest, data)
    print(f"{len(rows)} texts, {len(data)} bytes\n{digests}", end="")
    if given.check:
        sys.exit(digests != DIGESTS.read_text("ascii"))
    given.out.write_bytes(data)
    DIGESTS.write_text(digests, "ascii")


def _digests(of_mails: str, model: bytes) -> str:
    """Return the lines of ``mail_lures.sha256``: the mails of the corpus, our own, the model."""
    own = [(each, (INVENTED / each).read_bytes()) for each in INVENTED_FILES]
    lines = [f"{of_mails}  mails of {', '.join(SOURCES)}"]
    lines += [f"{hashlib.sha256(data).hexdigest()}  {name}" for name, data in own]
    return "\n".join([*lines, f"{hashlib.sha256(model).hexdigest()}  lures.bin", ""])


def _mails(corpus: Path) -> tuple[list[tuple[bool, set[str]]], str]:
    """Return (unwanted, tokens) of every mail, once per prefix, and the digest of all files."""
    total = hashlib.sha256()
    found = []
    with (corpus / "manifest.csv").open(encoding="utf-8", newline="") as file:
        wanted = [
            row
            for row in csv.DictReader(file)
            if row["split"] == "train" and row["source"] in SOURCES
        ]
    for row in sorted(wanted, key=lambda each: each["id"]):
        data = (corpus / "train" / f"{row['id']}.eml").read_bytes()
        total.update(row["id"].encode() + data)
        found += texts_of(read_file(data)[0], row["label"] != "ham")
    return found, total.hexdigest()


def texts_of(message: Message, unwanted: bool) -> list[tuple[bool, set[str]]]:
    """Return (unwanted, tokens) of a mail, once per prefix."""
    text = own_words(message)
    return [
        (unwanted, tokens(message.subject, message.sender.name, text[:length]))
        for length in (LEARNED if len(text) > LEARNED[0] else LEARNED[:1])
    ]


def _entries() -> list[tuple[bool, list[str]]]:
    return [
        (unwanted, entry)
        for unwanted, file in zip((False, True), INVENTED_FILES, strict=True)
        for entry in yaml.safe_load((INVENTED / file).read_text("utf-8"))
    ]


def invented_texts(
    entries: Sequence[tuple[bool, list[str]]] | None = None,
) -> list[tuple[bool, set[str]]]:
    """Return our own lures and honest notices, each filled in several ways."""
    chance = random.Random(SEED)
    found = []
    for unwanted, entry in _entries() if entries is None else entries:
        for _ in range(FILLED):
            found += [(unwanted, seen) for seen in filled(entry, chance)]
    return found


def _try_held_out(rows: list[tuple[bool, set[str]]]) -> None:
    entries = _entries()
    random.Random(SEED).shuffle(entries)
    found: dict[tuple[bool, bool], list[float]] = {}
    for fold in range(FOLDS):
        kept = [each for at, each in enumerate(entries) if at % FOLDS != fold]
        model = Weights(learn(rows + invented_texts(kept)))
        for unwanted, entry in entries[fold::FOLDS]:
            points = LURE * max(map(model.score, filled(entry, random.Random(SEED))))
            japanese = bool(re.search(r"[\u3040-\u30ff]", entry[1] + entry[2]))
            found.setdefault((unwanted, japanese), []).append(min(max(points, 0), LURE_AT_MOST))
    for (unwanted, japanese), scores in sorted(found.items()):
        shares = [f"{sum(each > most for each in scores) / len(scores):.2f}" for most in (1, 2, 3)]
        print(
            "lures" if unwanted else "honest",
            "Japanese" if japanese else "others",
            f"({len(scores)}): share of more than 1, 2, 3 points",
            *shares,
        )


def filled(entry: list[str], chance: random.Random) -> list[set[str]]:
    """Return the tokens of one invented mail, once per prefix."""
    name, subject, text = entry
    fill = {
        "n": f"{chance.randrange(10**9):09d}",
        "day": f"{chance.randrange(1, 13)}/{chance.randrange(1, 29)}",
        "yen": f"{chance.randrange(100, 90_000):,}",
        "item": chance.choice(ITEMS),
    }
    return [
        tokens(subject.format(**fill), name, text.format(**fill)[:length]) for length in LEARNED
    ]


def learn(rows: list[tuple[bool, set[str]]]) -> bytes:
    """Return the model's file: logistic regression on tokens, each text of the same length."""
    counts: dict[str, int] = {}
    for _, seen in rows:
        for token in seen:
            counts[token] = counts.get(token, 0) + 1
    known = sorted(token for token, number in counts.items() if number >= IN_AT_LEAST)
    place = {token: at for at, token in enumerate(known)}
    data, columns, starts = [], [], [0]
    for _, seen in rows:
        here = sorted(place[token] for token in seen if token in place)
        columns += here
        data += [1.0 / max(1.0, len(seen)) ** 0.5] * len(here)
        starts.append(len(columns))
    matrix = sparse.csr_matrix((data, columns, starts), shape=(len(rows), len(known)))
    sign = np.array([1.0 if unwanted else -1.0 for unwanted, _ in rows])

    def loss(weights: np.ndarray) -> tuple[float, np.ndarray]:
        margin = sign * (matrix @ weights[:-1] + weights[-1])
        pull = -sign / (1.0 + np.exp(np.clip(margin, -50, 50)))
        value = np.logaddexp(0.0, -margin).sum() + STRENGTH / 2 * (weights[:-1] ** 2).sum()
        return value, np.append(matrix.T @ pull + STRENGTH * weights[:-1], pull.sum())

    near = optimize.minimize(
        loss, np.zeros(len(known) + 1), jac=True, method="L-BFGS-B", options={"maxiter": 300}
    ).x
    weights = _to_the_end(near, matrix, sign)
    scale = float(np.abs(weights[:-1]).max()) / 127
    steps = {token: round(float(weights[at]) / scale) for at, token in enumerate(known)}
    # Tokens that always come together weigh the same, and noise must not choose among them.
    kept = sorted(known, key=lambda token: (-abs(steps[token]), token))[:KEPT]
    return packed(
        {token: steps[token] for token in kept if steps[token]}, scale, float(weights[-1])
    )


def _to_the_end(weights: np.ndarray, matrix: sparse.csr_matrix, sign: np.ndarray) -> np.ndarray:
    """Return the very minimum near by, by Newton's method.

    Processors and versions of libraries round differently. Where the search just stops when it is
    near, that decides a weight now and then; the minimum itself is one, and eleven digits of it are
    the same everywhere.
    """
    pull = np.append(np.full(len(weights) - 1, STRENGTH), 0.0)
    for _ in range(NEWTON_STEPS):
        wrong = 1.0 / (1.0 + np.exp(np.clip(sign * (matrix @ weights[:-1] + weights[-1]), -50, 50)))
        down = np.append(matrix.T @ (-sign * wrong), (-sign * wrong).sum()) + pull * weights
        if np.abs(down).max() < DOWN_AT_MOST:
            return weights
        bend = wrong * (1.0 - wrong)

        def bent(by: np.ndarray, bend: np.ndarray = bend) -> np.ndarray:
            each = bend * (matrix @ by[:-1] + by[-1])
            return np.append(matrix.T @ each, each.sum()) + pull * by

        size = len(weights)
        step, _ = linalg.cg(
            linalg.LinearOperator((size, size), matvec=bent, dtype=np.float64), down, rtol=1e-10
        )
        weights = weights - step
    raise ArithmeticError("the minimum was not reached")


if __name__ == "__main__":
    main()
