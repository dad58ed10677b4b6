"""Renews the generated parts of the documentation: the JSON Schema, the collectors page, pictures.

python docs/make_docs.py            everything that needs no browser
python docs/make_docs.py --pictures also the pictures, with Chromium, from a real look
"""

import argparse
import json
import os
import subprocess
import sys
import tempfile
from pathlib import Path

from tojimari.catalog import load_catalog
from tojimari.collect.look import collectors
from tojimari.report.machine import json_schema

HERE = Path(__file__).parent


def schema_text() -> str:
    """Return the JSON Schema of the result document."""
    return json.dumps(json_schema(), indent=1, ensure_ascii=False, sort_keys=True) + "\n"


def collectors_text() -> str:
    """Return the page that says what is really looked at on which system."""
    catalog = load_catalog()
    from tojimari.collect.device.macos import macos
    from tojimari.collect.device.windows import windows

    seen = {
        "linux": {kind for c in collectors("linux") for kind in c.sees},
        "windows": {k for c in collectors("windows") for k in c.sees} - set(windows.NOT_YET),
        "macos": {k for c in collectors("macos") for k in c.sees} - set(macos.NOT_YET),
    }
    lines = [
        "# What is looked at on which system",
        "",
        "Made by `make docs` from the code; a test keeps it true.",
        "",
        "**Linux** is built and tested on the real thing. **Windows and macOS** collectors exist behind the same",
        "interface, but no Windows and no Mac was at hand: only outputs that people have published from real machines",
        "were available (`tests/assets/`). A fact without such a recording is reported as *unknown* with the place where",
        "a person can look, never guessed. `device.listening` comes from psutil on all three.",
        "",
        "| fact | what | Linux | Windows | macOS | counts for |",
        "|---|---|---|---|---|---|",
    ]
    for kind in catalog.facts.values():
        if not kind.id.startswith("device."):
            continue
        marks = ["yes" if kind.id in seen[name] else "unknown" for name in seen]
        lines.append(
            f"| `{kind.id}` | {kind.about.en} | {' | '.join(marks)} | {kind.max_age_days} days |"
        )
    lines += [
        "",
        "Windows: the firewall's three profiles are read; what happens to connections no rule names is not, so the",
        "finding is \"unknown\" when all are on and \"not yet\" when one is off. The version is found by its build number.",
        "macOS: version, FileVault and the application firewall.",
        "",
        "On Linux as an ordinary user these need more rights and are unknown, each with the exact command that shows it:",
        "loaded firewall rules, empty passwords, sudo rules, sshd's effective settings, programs behind other users' sockets.",
        "",
    ]  # fmt: skip
    return "\n".join(lines)


ANSWERS = """answers:
  company-size: two_to_four
  industry: retail
  pc-count: 1
  phones: [company_phone]
  website: rented
  updates: all
  updates-phones: some
  antimalware: all
  passwords: partly
  mfa: not_done
  sharing: done
  know-tricks: dont_know
  backup-where: [external_disk, cloud]
  backup-when: week
  backup-detached: not_done
"""


def pictures() -> None:
    """Look at this machine for real, with sample answers, and photograph the page."""
    from playwright.sync_api import sync_playwright

    with tempfile.TemporaryDirectory() as folder:
        run = [sys.executable, "-m", "tojimari"]
        env = {**os.environ, "TOJIMARI_STATE": f"{folder}/state"}
        answers = Path(folder) / "answers.yaml"
        answers.write_text(ANSWERS, "utf-8")
        for words in (["check"], ["ask", "--answers", str(answers)]):
            subprocess.run([*run, *words], env=env, check=False, capture_output=True)
        with sync_playwright() as playwright:
            browser = playwright.chromium.launch(
                executable_path="/usr/bin/chromium", args=["--no-sandbox", "--disable-gpu"]
            )
            for lang in ("ja", "en"):
                page_file = Path(folder) / f"{lang}.html"
                words = ["report", "--lang", lang, "--html", str(page_file)]
                subprocess.run([*run, *words], env=env, check=False, capture_output=True)
                for name, width, height in (("desktop", 1000, 1150), ("phone", 390, 844)):
                    page = browser.new_page(viewport={"width": width, "height": height})
                    page.goto(page_file.as_uri())
                    page.screenshot(path=HERE / "images" / f"report-{lang}-{name}.png")
                    page.close()
            browser.close()


def main() -> None:
    """Write what is generated."""
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("--pictures", action="store_true")
    (HERE / "schema" / "result-1.json").write_text(schema_text(), "utf-8")
    (HERE / "collectors.md").write_text(collectors_text(), "utf-8")
    if options.parse_args().pictures:
        pictures()


if __name__ == "__main__":
    main()
