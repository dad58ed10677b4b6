"""How many of other people's forms and data are taken, and what each says it left out.

``PYTHONPATH=src python benchmarks/foreign_forms.py FOLDER`` reads every XLSForm, SurveyJS file and
SAV file below FOLDER and writes a table in Markdown. The files themselves are other people's: they
are not kept here (README.md beside this file says where they come from).
"""

import argparse
import collections
import sys
import traceback
from pathlib import Path

from tojimari.model import TojimariError
from tojimari.survey.exchange.conversion import read_any

KINDS = {
    ".xls": "XLSForm",
    ".xlsx": "XLSForm",
    ".json": "SurveyJS",
    ".sav": "SAV",
    ".zsav": "SAV",
}


def main() -> int:
    """Return 1 when a file ended in anything but a questionnaire or a sentence."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--notes", action="store_true", help="show every sentence")
    arguments = parser.parse_args()
    taken: collections.Counter[str] = collections.Counter()
    tried: collections.Counter[str] = collections.Counter()
    broken = 0
    print("| file | kind | questions | sentences on what was left out, or why it was refused |")
    print("|---|---|---|---|")
    for path in sorted(arguments.folder.rglob("*")):
        kind = KINDS.get(path.suffix.lower())
        if kind is None or not path.is_file():
            continue
        tried[kind] += 1
        try:
            questionnaire, notes = read_any(str(path))
        except TojimariError as error:
            number, said = "refused", error.say("en")
        except Exception:  # noqa: BLE001  # what this program is there to find
            broken += 1
            number, said = "**broken**", traceback.format_exc().splitlines()[-1]
        else:
            taken[kind] += 1
            number = str(len(questionnaire.questions))
            said = " / ".join(n.en for n in notes) if arguments.notes else str(len(notes))
        said = " ".join(said.replace(str(path), "").split()).replace("|", "\\|")
        print(f"| {path.relative_to(arguments.folder)} | {kind} | {number} | {said} |")
    for kind in tried:
        print(f"\n{kind}: {taken[kind]} of {tried[kind]} taken.")
    return 1 if broken else 0


if __name__ == "__main__":
    sys.exit(main())
