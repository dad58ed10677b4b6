"""How long a forwarded mail waits for its answer: real Postfix, LMTP, worker, mail server.

    python benchmarks/mail_forward.py [MAILS]

Run as root, which Postfix needs. Mails go in one after another, then as many at once; the time runs
from the moment that Postfix has said 250 to the moment that the answer is at the asker's server.
"""

import os
import smtplib
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import django
import numpy as np

with tempfile.TemporaryDirectory() as _home:
    os.environ |= {"DJANGO_SETTINGS_MODULE": "tojimari.portal.settings", "TOJIMARI_HOME": _home}
    django.setup()

from tests.portal.test_mailin import House, forwarded, postfix_to

LONGEST = 300


def main() -> None:
    mails = int(sys.argv[1]) if len(sys.argv) > 1 else 30
    with tempfile.TemporaryDirectory() as place:
        folder = Path(place)
        empty = folder / "empty"
        command = [sys.executable, "-m", "tojimari", "portal", "migrate"]
        subprocess.run(command, env={**os.environ, "TOJIMARI_HOME": str(empty)}, check=True)
        house = House(folder / "house", empty / "portal.sqlite3")
        try:
            house.intake()
            house.start("worker")
            with postfix_to(house.port) as port:
                _measure(house, port, mails)
        finally:
            house.end()


def _measure(house: House, port: int, mails: int) -> None:
    waits = []
    for number in range(mails):
        begin = _hand_over(house, port, number)
        house.sink.wait_for(number + 1, LONGEST)
        waits.append(time.monotonic() - begin)
    middle, high = (float(np.quantile(waits, share)) for share in (0.5, 0.95))
    print(
        f"{mails} mails one by one: first {waits[0]:.1f} s, median {middle:.1f}, 95% {high:.1f}, most {max(waits):.1f}"
    )
    begin = time.monotonic()
    for number in range(mails, 2 * mails):
        _hand_over(house, port, number)
    house.sink.wait_for(2 * mails, LONGEST)
    print(f"{mails} at once: the last one answered after {time.monotonic() - begin:.1f} s")


def _hand_over(house: House, port: int, number: int) -> float:
    with smtplib.SMTP("127.0.0.1", port) as outside:
        data = forwarded(number=number, inline=bool(number % 2))
        outside.sendmail("owner@example.jp", [house.address], data)
    return time.monotonic()


if __name__ == "__main__":
    main()
