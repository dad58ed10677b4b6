"""Fuzzes the reading of mails and the verdict with atheris (libFuzzer), guided by coverage.

    pip install atheris
    python benchmarks/mail_fuzz.py FOLDER_OF_SEEDS -max_total_time=3600 [other options of libFuzzer]

FOLDER_OF_SEEDS: mails to begin with; what is found on the way is written there. It stops with the
input that raised, or that took longer than a second of processor time; such an input belongs into
tests/mail/test_confined.py. Everything runs in this process, outside of the confinement, since what
is looked for is what the confinement would have to catch.
"""

import sys
import time

import atheris

with atheris.instrument_imports(include=["tojimari.mail", "tojimari.lib.encodings"]):
    from tojimari.mail.acquaintances import Contact, gather_known
    from tojimari.mail.reading import read_file
    from tojimari.mail.reading_process import prepare
    from tojimari.mail.verdict import judge

SECONDS = 1.0
KNOWN = gather_known(["kado.example"], [Contact("a@yamakawa-koumuten.example", ("山川工務店",))])


def one(data: bytes) -> None:
    """Read and judge one input. Raises AssertionError where it is slow or what it says is out of bounds."""
    begin = time.process_time()
    for message in read_file(data):
        found = judge(message, KNOWN, {})
        assert 0 <= found.likelihood <= 1, found
        assert all(len(each.quote) <= 400 and 0 < each.degree <= 1 for each in found.reasons)
    took = time.process_time() - begin
    assert took < SECONDS, took


def main() -> None:
    prepare()
    atheris.Setup(sys.argv, one)
    atheris.Fuzz()


if __name__ == "__main__":
    main()
