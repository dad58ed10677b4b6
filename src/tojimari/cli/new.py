"""``tojimari new control``: the files of a new control, with a test that fails until it is done."""

import argparse
import sys
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import cast, get_args

import tojimari
from tojimari.catalog import Catalog, load_catalog
from tojimari.catalog.drafts import BadDraft, Draft, check_fact, check_name, files_of
from tojimari.catalog.schema import PLATFORMS, Platform, Theme
from tojimari.cli.printing import print_aside, print_line
from tojimari.lib.folders import add_files
from tojimari.model import CannotWrite, Lang, Text, TojimariError

PHONES: tuple[Platform, ...] = ("ios", "android")
"""What "phones" stands for among the platforms."""


def run(arguments: argparse.Namespace, lang: Lang) -> int:
    """Write the files, all or none, and say what is to be done next. Returns 0."""
    root = source_tree()
    catalog = load_catalog()
    name = arguments.name
    check_name(name, catalog)
    check_fact(arguments.fact or "")
    files = files_of(_draft(arguments, catalog, lang), catalog)
    try:
        add_files(root, files)
    except FileExistsError as error:
        raise BadDraft(
            f"「{name}」のファイルがもうあります ({error.filename2 or error.filename})。別の名前にしてください。",
            f"A file of {name!r} exists already ({error.filename2 or error.filename}). Choose "
            "another name.",
        ) from error
    except OSError as error:
        raise CannotWrite(root, error) from error
    for path in files:
        print_line(path)
    test = next(path for path in files if path.startswith("tests/"))
    print_aside(catalog.ui("new.next").say(lang, test=test))
    return 0


def source_tree() -> Path:
    """Return the checkout this command runs from. Raises TojimariError for an installed package."""
    root = Path(tojimari.__file__).resolve().parents[2]
    if (root / "pyproject.toml").is_file() and (root / "tests" / "assess" / "checks").is_dir():
        return root
    raise TojimariError(
        "対策を新しく作れるのは、tojimari のソースコードの中だけです。リポジトリを手元に写し、そこで実行してください。",
        "A new control can be made only in the source code of tojimari. Clone the repository and "
        "run it there.",
    )


def _draft(arguments: argparse.Namespace, catalog: Catalog, lang: Lang) -> Draft:
    """Take what the options give, ask for the rest. Raises BadDraft without a terminal."""
    prompts = {
        "title_ja": arguments.title_ja,
        "title_en": arguments.title_en,
        "question_ja": arguments.question_ja,
        "question_en": arguments.question_en,
        "theme": arguments.theme,
        "threat": arguments.threat,
        "source": arguments.source,
        "platforms": arguments.platforms,
    }
    missing = [key for key, given in prompts.items() if not given]
    if missing and not sys.stdin.isatty():
        options = ", ".join(f"--{key.replace('_', '-')}" for key in missing)
        raise BadDraft(
            f"次のオプションが要ります: {options}。端末で実行すれば、一つずつ聞きます。",
            f"These options are needed: {options}. In a terminal you are asked for each.",
        )
    choices = {
        "theme": ", ".join(get_args(Theme)),
        "threat": ", ".join(catalog.threats),
        "source": ", ".join(catalog.sources),
        "platforms": ", ".join((*PLATFORMS, "phones")),
    }
    for key in missing:
        prompts[key] = _asked(catalog.ui(f"new.{key}").say(lang, choices=choices.get(key, "")))
    steps: dict[Platform, tuple[Text, ...]] = dict.fromkeys(platforms(prompts["platforms"]), ())
    for platform, ja, en in arguments.step or ():
        for one in platforms(platform):
            steps[one] = (*steps.get(one, ()), Text(ja=ja, en=en))
    if missing:
        _ask_steps(steps, lambda key, **about: catalog.ui(key).say(lang, **about))
    if prompts["theme"] not in get_args(Theme):
        raise BadDraft(
            f"「{prompts['theme'][:60]}」は使えません。使えるもの: {choices['theme']}。",
            f"{prompts['theme'][:60]!r} is no theme. Known: {choices['theme']}.",
        )
    return Draft(
        name=arguments.name,
        title=Text(ja=prompts["title_ja"], en=prompts["title_en"]),
        question=Text(ja=prompts["question_ja"], en=prompts["question_en"]),
        theme=cast(Theme, prompts["theme"]),
        threat=prompts["threat"],
        source=prompts["source"],
        steps=steps,
        as_of=datetime.now(UTC).date(),
        fact=arguments.fact or "",
    )


def _asked(prompt: str) -> str:
    """Return what is typed, asked for again while it is empty. Raises BadDraft at the end of input."""
    while True:
        try:
            typed = input(prompt).strip()
        except EOFError as error:
            raise BadDraft(
                "途中で終わったので、何も書いていません。", "It ended early; nothing was written."
            ) from error
        if typed:
            return typed


def _ask_steps(steps: dict[Platform, tuple[Text, ...]], say: Callable[..., str]) -> None:
    """Ask for the steps of every platform that has none; an empty line ends them."""
    for platform in [one for one, given in steps.items() if not given]:
        name = say(f"platform.{platform}")
        while True:
            try:
                ja = input(say("new.step_ja", platform=name, n=len(steps[platform]) + 1)).strip()
                en = ja and input(say("new.step_en", platform=name)).strip()
            except EOFError:
                return
            if not ja or not en:
                break
            steps[platform] = (*steps[platform], Text(ja=ja, en=en))


def platforms(typed: str) -> list[Platform]:
    """Return the platforms named in ``typed`` (comma between them). Raises BadDraft."""
    found: list[Platform] = []
    for word in typed.replace("、", ",").replace(" ", "").lower().split(","):
        if word == "phones":
            found += PHONES
        elif word in PLATFORMS:
            found.append(word)
        elif word:
            known = ", ".join((*PLATFORMS, "phones"))
            raise BadDraft(
                f"「{word[:60]}」は使えません。使えるもの: {known}。",
                f"{word[:60]!r} is no platform. Known: {known}.",
            )
    return list(dict.fromkeys(found))
