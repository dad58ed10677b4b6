"""``tojimari policy``: a lender's policy as data, and what is wrong or unfair in it."""

import argparse
import sys

from tojimari.attest.policy_linter import BYTES_AT_MOST, BadPolicy, read_policy
from tojimari.catalog import load_catalog
from tojimari.catalog.load import HERE
from tojimari.cli.printing import print_line
from tojimari.model import Lang

SAMPLE = HERE / "policies" / "support-loan.yaml"


def run(arguments: argparse.Namespace, lang: Lang) -> int:
    """Do what is asked. Returns 0; of ``lint`` 2 for a mistake and 1 for warnings alone."""
    if arguments.what == "template":
        sys.stdout.write(SAMPLE.read_text("utf-8"))
        return 0
    catalog, path = load_catalog(), arguments.path
    try:
        with path.open("rb") as file:
            data = file.read(BYTES_AT_MOST + 1)
    except OSError as error:
        raise BadPolicy(
            f"{path}: 読めません ({error.strerror})。場所を確かめてください。",
            f"{path}: cannot be read ({error.strerror}). Check the place.",
        ) from error
    read = read_policy(path.name, data, catalog)
    for kind, remarks in (("mistake", read.mistakes), ("warning", read.warnings)):
        for one in remarks:
            said = catalog.ui(f"policy.{kind}").say(lang)
            print_line(f"{path.name}: {said}: {one.say(lang)}")
    if read.mistakes:
        print_line(catalog.ui("policy.lint_bad").say(lang, n=len(read.mistakes)))
        return 2
    print_line(catalog.ui("policy.lint_good").say(lang, n=len(read.warnings)))
    return 1 if read.warnings else 0
