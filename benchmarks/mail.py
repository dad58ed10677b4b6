"""The verdict on mail, beside SpamAssassin and rspamd: the same mails, one run.

    python benchmarks/mail.py CORPUS [--engines spamassassin,rspamd] [--train] [--folds] [--out FILE]

CORPUS: a folder with manifest.csv (id, label, sublabel, source, language, split), train/, dev/ and
stress-ham-dev/ with <id>.eml. Phishing is told from ham; spam apart. The engines are Debian's, without
network, their Bayes learned on the same training part (phishing against ham). A threshold is set by the
share of dev's ham that it lets through. Nothing of ours learns from the training part here, but what
``mail_lures.py`` names; so ``--train`` tells how the levels hold for each further source in it.
``--folds`` cross-validates in the training part: the text model learns five times without a fifth of
the groups, which then are judged. A group is what has one campaign or thread (``cluster``), or one
sender's domain, unless many senders have it; no group is in two parts.
"""

import argparse
import contextlib
import csv
import itertools
import os
import random
import re
import shutil
import socket
import subprocess
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Callable, Iterable
from functools import partial
from pathlib import Path
from unittest.mock import patch

import msgspec
import numpy as np

from mail_lures import FOLDS, SEED, SOURCES, invented_texts, learn, texts_of
from tojimari.catalog import load_catalog
from tojimari.knowledge.domains import owner_domain
from tojimari.knowledge.rented import mail_of_everybody
from tojimari.mail.acquaintances import Known
from tojimari.mail.confined import Reader
from tojimari.mail.lures import Weights, lure
from tojimari.mail.message import Message
from tojimari.mail.reading import read_file
from tojimari.mail.verdict import CAREFUL_FROM, DANGEROUS_FROM, UNSURE_FROM, judge, likelihood

RATES = np.linspace(0.0005, 0.01, 20)
PARCELS = "moralmunky/"
PASTED = 1_200
"""Characters of an honest mail that an attacker pastes below his own."""
Scores = dict[str, float]


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("corpus", type=Path)
    parser.add_argument("--engines", default="")
    parser.add_argument("--train", action="store_true")
    parser.add_argument("--folds", action="store_true")
    parser.add_argument("--out", type=Path)
    given = parser.parse_args()
    with (given.corpus / "manifest.csv").open(encoding="utf-8", newline="") as file:
        mails = {row["id"]: row for row in csv.DictReader(file)}
    files = {
        split: sorted((given.corpus / split).glob("*.eml"))
        for split in ("train", "dev", "stress-ham-dev")
    }
    lines = []
    for name, run in (("tojimari", _ours), ("spamassassin", _spamassassin), ("rspamd", _rspamd)):
        if name != "tojimari" and name not in given.engines.split(","):
            continue
        if (
            name != "tojimari"
            and shutil.which({"spamassassin": "spamd", "rspamd": "rspamd"}[name]) is None
        ):
            lines.append(f"{name}: not installed")
            continue
        scores, seconds, megabytes = run(files, mails)
        found = [
            name,
            *_table(scores, mails, files),
            f"  mails per CPU-second {len(scores) / seconds:.1f}, memory {megabytes:.0f} MB",
        ]
        print("\n".join(found), flush=True)  # minutes pass before the next one has its own
        lines += found
    more = ["tojimari, attacked", *_attacked(files["dev"], mails)]
    if given.train:
        more += [
            "tojimari, levels in the training part by source, in %",
            *_by_source(files, mails),
        ]
    if given.folds:
        more += ["tojimari, cross-validated in the training part", *_folds(files["train"], mails)]
    print("\n".join(more))
    lines += more
    if given.out:
        given.out.write_text("\n".join(lines) + "\n", "utf-8")


def threshold(ham: np.ndarray, rate: float) -> float:
    """Return the score that lets no more than this share of ham through."""
    return float(np.sort(ham)[::-1][int(rate * len(ham))])


def auc(positive: np.ndarray, negative: np.ndarray) -> float:
    order = np.sort(negative)
    below, upto = (
        np.searchsorted(order, positive, "left"),
        np.searchsorted(order, positive, "right"),
    )
    return float((below + (upto - below) / 2).sum() / (len(positive) * len(negative)))


def _table(
    scores: Scores, mails: dict[str, dict[str, str]], files: dict[str, list[Path]]
) -> Iterable[str]:
    dev = [path.stem for path in files["dev"] if path.stem in scores]

    def of(wanted: Callable[[dict[str, str]], bool]) -> np.ndarray:
        return np.array([scores[each] for each in dev if wanted(mails[each])])

    bad, ham, spam = (
        of(lambda row, label=label: row["label"] == label) for label in ("phishing", "ham", "spam")
    )
    one, tenth = threshold(ham, 0.01), threshold(ham, 0.001)
    mean = np.mean([(bad > threshold(ham, rate)).mean() for rate in RATES])
    stress = np.array(
        [scores[path.stem] for path in files["stress-ham-dev"] if path.stem in scores]
    )
    parcels = of(lambda row: row["source"].startswith(PARCELS))
    yield f"  AUC {auc(bad, ham):.4f}  mean recall {mean:.3f}  r@1% {(bad > one).mean():.3f}  r@0.1% {(bad > tenth).mean():.3f}"
    yield f"  stress {(stress > one).sum()} / {(stress > tenth).sum()} of {len(stress)}  parcels {(parcels > one).sum()} / {(parcels > tenth).sum()} of {len(parcels)}  spam flagged {(spam > one).mean():.2f}  thresholds {one:.2f} {tenth:.2f}"
    for key in ("source", "language", "sublabel"):
        parts = []
        for value in sorted({mails[each][key] for each in dev}):
            some = of(
                lambda row, key=key, value=value: row["label"] == "phishing" and row[key] == value
            )
            if len(some) >= 20:
                parts.append(
                    f"{value.split('/')[-1][:24]} ({len(some)}) {100 * (some > one).mean():.0f}/{100 * (some > tenth).mean():.0f}"
                )
        yield f"  by {key}, r@1%/r@0.1%: " + "  ".join(parts)


def _ours(
    files: dict[str, list[Path]], mails: dict[str, dict[str, str]]
) -> tuple[Scores, float, float]:
    """Score by the whole verdict, read in the shut-in process: plain mails together, others alone.

    Starting that process is left out, as is the engines'; every child that it begins is in.
    """
    tricks = {each.id: each.trick for each in load_catalog().signals.values()}
    scores: Scores = {}
    levels: dict[tuple[str, str], int] = {}
    paths = files["dev"] + files["stress-ham-dev"]
    with Reader(ready=True) as reader:
        judge(reader.read(paths[0].read_bytes())[0], Known(), tricks)
        for together, some in ((False, paths[::5]), (True, paths)):
            times = []
            begin = _cpu()
            for path in some:
                started = time.perf_counter()
                message = reader.read(path.read_bytes(), together=together)[0]
                found = judge(message, Known(), tricks)
                times.append(time.perf_counter() - started)
                scores[path.stem] = found.points
                if together:
                    label = mails[path.stem]["label"] if path.stem in mails else "stress"
                    levels[label, found.level] = levels.get((label, found.level), 0) + 1
            seconds = _cpu() - begin
            print(
                "together" if together else "each in a child of its own",
                f"({len(some)}): mails per CPU-second {len(some) / seconds:.0f}, wall time of a verdict (ms), median, p95, most:",
                [round(1000 * float(np.quantile(times, q))) for q in (0.5, 0.95, 1.0)],
            )
    megabytes = _memory_of_the_command(files["dev"][0].parent)
    print(
        f"dangerous from {DANGEROUS_FROM}, careful from {CAREFUL_FROM}, cannot tell from {UNSURE_FROM}:",
        dict(sorted(levels.items())),
    )
    return scores, seconds, megabytes


def _memory_of_the_command(folder: Path) -> float:
    """Return the most memory, in MB, of ``tojimari mail FOLDER`` and all below it: this process has
    what only figures need (numpy), and every mail of the corpus has left something in it."""
    command = [sys.executable, "-m", "tojimari", "mail", str(folder)]
    process = subprocess.Popen(command, stdout=subprocess.DEVNULL)
    most = 0.0
    while process.poll() is None:
        with contextlib.suppress(OSError):  # a child that ended meanwhile
            most = max(most, _memory(process.pid))
        time.sleep(0.1)
    return most


def _cpu() -> float:
    """Return the processor time of this process and all below it, ended ones too."""
    return sum(_ticks(each, slice(11, 15)) for each in _tree(os.getpid())) / os.sysconf(
        "SC_CLK_TCK"
    )


def _ticks(pid: int, fields: slice) -> int:
    return sum(map(int, Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[fields]))


def _attacked(dev: list[Path], mails: dict[str, dict[str, str]]) -> list[str]:
    """Return what is left of the recall where the sender disguises each lure."""
    tricks = {each.id: each.trick for each in load_catalog().signals.values()}
    read = {path.stem: read_file(path.read_bytes())[0] for path in dev}
    ham = [each for each in read if mails[each]["label"] == "ham"]
    bad = [each for each in read if mails[each]["label"] == "phishing"]
    texts = [read[each].text[:PASTED] for each in ham if len(read[each].text) > PASTED]
    passed = np.array([judge(read[each], Known(), tricks).points for each in ham])
    lines = [
        _calibrated(np.array([judge(read[each], Known(), tricks).points for each in bad]), passed)
    ]
    for name in ("as they are", "honest mail below", "honest mail above", "headers of an answer"):
        found = []
        for number, each in enumerate(bad):
            message = read[each]
            other = texts[number % len(texts)]
            changes: dict[str, dict[str, object]] = {
                "as they are": {},
                "honest mail below": {"text": f"{message.text}\n\n{other}"},
                "honest mail above": {"text": f"{other}\n\n{message.text}"},
                "headers of an answer": {"in_reply_to": True, "bulk": True, "has_message_id": True},
            }
            message = msgspec.structs.replace(message, **changes[name])
            found.append(judge(message, Known(), tricks).points)
        points = np.array(found)
        one = (points > threshold(passed, 0.01)).mean()
        mean = np.mean([(points > threshold(passed, rate)).mean() for rate in RATES])
        lines.append(f"lures, {name}: r@1% {one:.3f}, mean recall {mean:.3f}")
    return lines


def _by_source(files: dict[str, list[Path]], mails: dict[str, dict[str, str]]) -> Iterable[str]:
    tricks = {each.id: each.trick for each in load_catalog().signals.values()}
    levels: dict[tuple[str, str], Counter[str]] = {}
    with Reader(ready=True) as reader:
        for path in files["train"]:
            message = reader.read(path.read_bytes(), together=True)[0]
            row = mails[path.stem]
            key = (row["label"], row["source"].split("/")[-1][:32])
            levels.setdefault(key, Counter())[judge(message, Known(), tricks).level] += 1
    for (label, source), counts in sorted(levels.items()):
        total = sum(counts.values())
        shares = ", ".join(
            f"{level} {100 * number / total:.1f}" for level, number in sorted(counts.items())
        )
        yield f"  {label}, {source} ({total}): {shares}"


def _folds(train: list[Path], mails: dict[str, dict[str, str]]) -> Iterable[str]:
    """Yield the figures of each fold and of all: nothing of a judged group was learned from."""
    tricks = {each.id: each.trick for each in load_catalog().signals.values()}
    read = {path.stem: read_file(path.read_bytes())[0] for path in train}
    groups = _groups(read, mails)
    order = sorted(set(groups.values()))
    random.Random(SEED).shuffle(order)
    fold_of = {group: at % FOLDS for at, group in enumerate(order)}
    invented = invented_texts()
    found: dict[str, list[float]] = {}
    for fold in range(FOLDS):
        rest = [each for each in read if fold_of[groups[each]] != fold]
        rows = [
            row
            for each in rest
            if mails[each]["source"] in SOURCES
            for row in texts_of(read[each], mails[each]["label"] != "ham")
        ]
        model = Weights(learn(rows + invented))
        points: dict[str, list[float]] = {"phishing": [], "ham": []}
        with patch("tojimari.mail.verdict.lure", partial(lure, weights=model)):
            for each in read:
                label = mails[each]["label"]
                if fold_of[groups[each]] == fold and label in points:
                    points[label].append(judge(read[each], Known(), tricks).points)
        bad, ham = (np.array(points[label]) for label in ("phishing", "ham"))
        figures = {
            "AUC": auc(bad, ham),
            "mean recall": float(np.mean([(bad > threshold(ham, rate)).mean() for rate in RATES])),
            "r@1%": float((bad > threshold(ham, 0.01)).mean()),
            "warned of, phishing": float((bad >= CAREFUL_FROM).mean()),
            "warned of, ham": float((ham >= CAREFUL_FROM).mean()),
        }
        for name, value in figures.items():
            found.setdefault(name, []).append(value)
        yield f"  fold {fold + 1}: {len(bad)} phishing, {len(ham)} ham: " + ", ".join(
            f"{name} {value:.4f}" for name, value in figures.items()
        )
    yield f"  {len(order)} groups; mean (least to most): " + ", ".join(
        f"{name} {np.mean(values):.4f} ({min(values):.4f} to {max(values):.4f})"
        for name, values in found.items()
    )


def _groups(read: dict[str, Message], mails: dict[str, dict[str, str]]) -> dict[str, str]:
    """Return the group of every mail: those of one cluster or one sender's domain are in one."""
    above: dict[str, str] = {}

    def top(each: str) -> str:
        while above.setdefault(each, each) != each:
            above[each] = above[above[each]]
            each = above[each]
        return each

    for each, message in read.items():
        domain = owner_domain(message.sender.domain)
        above[top(f"c {mails[each]['cluster']}")] = top(each)
        if domain and domain not in mail_of_everybody():
            above[top(f"d {domain}")] = top(each)
    return {each: top(each) for each in read}


def _calibrated(bad: np.ndarray, ham: np.ndarray) -> str:
    """Return how the likelihood that is told compares with the share of lures, at even odds."""
    edges = (-99, 0.5, 1.5, 2.5, 3, 4, 5, 6, 8, 99)
    parts = []
    for low, high in itertools.pairwise(edges):
        some = [each[(each >= low) & (each < high)] for each in (bad, ham)]
        shares = [len(each) / len(whole) for each, whole in zip(some, (bad, ham), strict=True)]
        told = [
            sum(map(likelihood, each)) / len(whole)
            for each, whole in zip(some, (bad, ham), strict=True)
        ]
        if sum(shares):
            parts.append(
                f"{low} to {high}: told {sum(told) / sum(shares):.2f}, is {shares[0] / sum(shares):.2f}"
            )
    return "likelihood by points: " + "; ".join(parts)


def _learn_folders(
    files: dict[str, list[Path]], mails: dict[str, dict[str, str]], home: Path
) -> tuple[Path, Path]:
    for path in files["train"]:
        label = mails[path.stem]["label"]
        if label in ("phishing", "ham"):
            folder = home / label
            folder.mkdir(exist_ok=True)
            shutil.copyfile(path, folder / path.name)  # rspamc passes links over
    return home / "phishing", home / "ham"


def _spamassassin(
    files: dict[str, list[Path]], mails: dict[str, dict[str, str]]
) -> tuple[Scores, float, float]:
    with tempfile.TemporaryDirectory() as folder:
        home = Path(folder)
        home.chmod(0o755)  # spamd reads it as nobody
        config = home / "rules"
        shutil.copytree("/etc/spamassassin", config)
        (config / "zz.cf").write_text(
            f"use_bayes 1\nbayes_auto_learn 0\nbayes_file_mode 0777\nbayes_path {home}/bayes\n"
        )
        bad, ham = _learn_folders(files, mails, home)
        learn = ["sa-learn", "-L", f"--siteconfigpath={config}", "--no-sync"]
        for kind, where in (("--spam", bad), ("--ham", ham)):
            subprocess.run([*learn, kind, str(where)], check=True, stdout=subprocess.DEVNULL)
        subprocess.run(
            ["sa-learn", f"--siteconfigpath={config}", "--sync"],
            check=True,
            stdout=subprocess.DEVNULL,
        )
        place = home / "socket"
        command = [
            "spamd",
            "-L",
            "-m",
            "1",
            "--max-conn-per-child=100000",
            f"--siteconfigpath={config}",
            f"--socketpath={place}",
            "-x",
            "-s",
            str(home / "log"),
        ]
        server = subprocess.Popen(command, stderr=subprocess.DEVNULL)
        try:
            while not place.exists():
                time.sleep(0.2)
            begin = _tree_cpu(server.pid)
            scores = {
                path.stem: _spamd(place, path.read_bytes())
                for path in files["dev"] + files["stress-ham-dev"]
            }
            return scores, _tree_cpu(server.pid) - begin, _memory(server.pid)
        finally:
            server.terminate()
            server.wait()


def _spamd(place: Path, data: bytes) -> float:
    with socket.socket(socket.AF_UNIX) as line:
        line.connect(str(place))
        line.sendall(b"CHECK SPAMC/1.5\r\nContent-length: %d\r\n\r\n" % len(data) + data)
        line.shutdown(socket.SHUT_WR)
        answer = b""
        with contextlib.suppress(ConnectionResetError):  # it ends the line once it has answered
            while piece := line.recv(4096):
                answer += piece
    found = re.search(rb"Spam: \w+ ; (-?[\d.]+) /", answer)
    return float(found[1]) if found else 0.0


def _tree(pid: int) -> list[int]:
    found = [pid]
    for child in Path(f"/proc/{pid}/task/{pid}/children").read_text().split():
        found += _tree(int(child))
    return found


def _tree_cpu(pid: int) -> float:
    return sum(_ticks(each, slice(11, 13)) for each in _tree(pid)) / os.sysconf("SC_CLK_TCK")


def _memory(pid: int) -> float:
    return sum(
        int(found[1]) / 1024
        for each in _tree(pid)
        if (
            found := re.search(
                r"^Pss:\s+(\d+)", Path(f"/proc/{each}/smaps_rollup").read_text(), re.MULTILINE
            )
        )
    )


def _rspamd(
    files: dict[str, list[Path]], mails: dict[str, dict[str, str]]
) -> tuple[Scores, float, float]:
    """Score by rspamd as Debian ships it, its modules that ask the network off, Bayes in redis."""
    with tempfile.TemporaryDirectory() as folder:
        home = Path(folder)
        home.chmod(0o777)
        redis, port = (
            subprocess.Popen(
                ["redis-server", "--port", "17379", "--save", "", "--dir", folder],
                stdout=subprocess.DEVNULL,
            ),
            17_333,
        )
        config = home / "rspamd"
        shutil.copytree("/etc/rspamd", config)
        local = config / "local.d"
        local.mkdir(exist_ok=True)
        (local / "options.inc").write_text(
            'dns { nameserver = ["127.0.0.1:1"]; timeout = 0.01; retransmits = 1; }\nfilters = "chartable,dkim,regexp";\n'
        )
        (local / "redis.conf").write_text('servers = "127.0.0.1:17379";\n')
        (local / "classifier-bayes.conf").write_text(
            'backend = "redis";\nservers = "127.0.0.1:17379";\nmin_learns = 1;\nautolearn = false;\n'
        )
        for name in (
            "rbl",
            "surbl",
            "fuzzy_check",
            "spf",
            "dmarc",
            "dkim",
            "arc",
            "asn",
            "phishing",
            "url_redirector",
            "neural",
            "greylist",
            "ratelimit",
            "history_redis",
            "mid",
            "hfilter",
            "replies",
        ):
            (local / f"{name}.conf").write_text("enabled = false;\n")
        (local / "worker-normal.inc").write_text(f'bind_socket = "127.0.0.1:{port}";\ncount = 1;\n')
        (local / "worker-controller.inc").write_text(
            f'bind_socket = "127.0.0.1:{port + 1}";\nsecure_ip = "127.0.0.1";\n'
        )
        (local / "worker-proxy.inc").write_text("enabled = false;\n")
        (local / "worker-fuzzy.inc").write_text("enabled = false;\n")
        variables = [
            f"--var=CONFDIR={config}",
            f"--var=LOCAL_CONFDIR={config}",
            f"--var=DBDIR={folder}",
            f"--var=RUNDIR={folder}",
            f"--var=LOGDIR={folder}",
        ]
        server = subprocess.Popen(
            ["rspamd", "-f", "-i", "-c", str(config / "rspamd.conf"), *variables],
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )
        try:
            _wait_for(port, port + 1)
            for kind, where in zip(
                ("learn_spam", "learn_ham"), _learn_folders(files, mails, home), strict=True
            ):
                subprocess.run(
                    ["rspamc", "-h", f"127.0.0.1:{port + 1}", "-n", "2", kind, str(where)],
                    check=True,
                    stdout=subprocess.DEVNULL,
                )
            begin = _tree_cpu(server.pid)
            scores = {}
            for path in files["dev"] + files["stress-ham-dev"]:
                done = subprocess.run(
                    ["rspamc", "-h", f"127.0.0.1:{port}", "-j", *_envelope(path), str(path)],
                    capture_output=True,
                    text=True,
                    check=False,
                )
                found = re.search(r'"score":\s*(-?[\d.]+)', done.stdout)
                if found:
                    scores[path.stem] = float(found[1])
            return scores, _tree_cpu(server.pid) - begin, _memory(server.pid)
        finally:
            for each in (server, redis):
                each.terminate()
                each.wait()


def _wait_for(*ports: int) -> None:
    """Wait until rspamd listens: it compiles its lists first. Raises TimeoutError."""
    for port in ports:
        for _ in range(1200):
            with contextlib.suppress(OSError), socket.create_connection(("127.0.0.1", port), 1):
                break
            time.sleep(0.5)
        else:
            raise TimeoutError(f"nothing listens on port {port}")


def _envelope(path: Path) -> list[str]:
    message = read_file(path.read_bytes())[0]
    hop = message.hops[0] if message.hops else None
    return ["--ip", hop.ip, "--helo", hop.helo or "x"] if hop and hop.ip else []


if __name__ == "__main__":
    main()
