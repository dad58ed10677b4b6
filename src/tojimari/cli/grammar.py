"""The command's grammar: verbs, options and their help, in the user's language."""

import argparse
from collections.abc import Callable, Sequence
from importlib import import_module
from pathlib import Path
from typing import Any

from tojimari import __version__
from tojimari.catalog import load_for_words
from tojimari.cli.argument_parser import parser_class
from tojimari.model import Lang

Say = Callable[[str], str]
Verb = Callable[..., argparse.ArgumentParser]


def _later(module: str, function: str) -> Callable[[argparse.Namespace, Lang], int]:
    """Import a verb only when it runs: the others cost nothing at start."""

    def run(arguments: argparse.Namespace, lang: Lang) -> int:
        verb = getattr(import_module(f"tojimari.cli.{module}"), function)
        code: int = verb(arguments, lang)
        return code

    return run


def _with_engines(module: str) -> Callable[[argparse.Namespace, Lang], int]:
    """Like ``_later``, for a verb whose engines may not be installed."""
    verb = _later(f"survey.{module}", "run")

    def run(arguments: argparse.Namespace, lang: Lang) -> int:
        try:
            return verb(arguments, lang)
        except ModuleNotFoundError as error:
            from tojimari.survey.installed import EnginesMissing

            raise EnginesMissing(error.name or "") from error

    return run


def parser(lang: Lang, words: Sequence[str] = ()) -> argparse.ArgumentParser:
    """Return the parser of the whole command, speaking ``lang``.

    words: what was typed. Where it begins with a verb, only that verb is spelled out: the hundred
    parsers of all the others cost more than reading the catalog.
    """
    catalog = load_for_words()
    parser_of = parser_class(lang)

    def say(key: str) -> str:
        return catalog.ui(f"help.{key}").say(lang).replace("%", "%%")

    common = parser_of(add_help=False)
    common.add_argument("--lang", choices=("ja", "en"), default=lang, help=say("lang"))
    common.add_argument("--state", type=Path, metavar="FILE", help=say("state"))
    common.add_argument("--clock-is-right", action="store_true", help=say("clock"))

    # The same options after a second word (evidence add, catalog show) must not put their defaults
    # over what was given before it.
    nested = parser_of(add_help=False, argument_default=argparse.SUPPRESS)
    nested.add_argument("--lang", choices=("ja", "en"), help=say("lang"))
    nested.add_argument("--state", type=Path, metavar="FILE", help=say("state"))
    nested.add_argument("--clock-is-right", action="store_true", help=say("clock"))

    top = parser_of(prog="tojimari", description=say("tojimari"), epilog=say("exit_codes"))
    top.add_argument(
        "--version", action="version", version=f"tojimari {__version__}", help=say("version")
    )
    top.add_argument("--lang", choices=("ja", "en"), default=lang, help=say("lang"))
    verbs = top.add_subparsers(metavar="COMMAND", required=True)

    def verb(
        name: str, module: str, function: str = "run", **options: Any
    ) -> argparse.ArgumentParser:
        made: argparse.ArgumentParser = verbs.add_parser(
            name, parents=[common], help=say(name), description=say(name), **options
        )
        made.set_defaults(run=_later(module, function))
        return made

    typed = words[0] if words else ""
    asked = [spell for names, spell in _VERBS.items() if typed in names]
    for spell in asked or _VERBS.values():
        spell(verb, nested, say, lang)
    return top


def _check(check: argparse.ArgumentParser, say: Say) -> None:
    form = check.add_mutually_exclusive_group()
    form.add_argument("--json", action="store_const", const="json", dest="format", help=say("json"))
    form.add_argument("--format", choices=("text", "json", "oscal"), help=say("format"))
    check.add_argument("--page", type=Path, metavar="FILE", help=say("page"))
    check.add_argument("--answer", type=Path, metavar="FOLDER", help=say("check_answer"))
    check.set_defaults(format="text")


def _mail(mail: argparse.ArgumentParser, say: Say) -> None:
    mail.add_argument("files", nargs="+", metavar="FILE", help=say("mail_files"))
    mail.add_argument("--own", action="append", default=[], metavar="DOMAIN", help=say("mail_own"))
    mail.add_argument(
        "--contact", action="append", default=[], metavar="DOMAIN", help=say("mail_contact")
    )
    mail.add_argument(
        "--server", action="append", default=[], metavar="NAME", help=say("mail_server")
    )
    mail.add_argument("--all", action="store_true", help=say("mail_all"))
    mail.add_argument("--json", action="store_const", const="json", dest="format", help=say("json"))
    mail.set_defaults(format="text")


def _site(site: argparse.ArgumentParser, say: Say) -> None:
    site.add_argument("words", nargs="*", metavar="DOMAIN", help=say("site_words"))
    site.add_argument("--mail", metavar="DOMAIN", help=say("site_mail"))
    site.add_argument("--address", metavar="IP", help=say("site_address"))
    site.add_argument("--registration", type=Path, metavar="FILE", help=say("site_registration"))
    site.add_argument("--many", type=Path, metavar="FILE", help=say("site_many"))
    site.add_argument("--accept", action="store_true", help=say("site_accept"))
    site.add_argument("--resolver", metavar="IP[:PORT]", help=say("site_resolver"))
    site.add_argument("--lab", action="store_true", help=say("site_lab"))
    site.add_argument("--lab-ports", default="", metavar="A=B,C=D", help=say("site_ports"))
    site.add_argument("--lab-trust", type=Path, metavar="FILE.pem", help=say("site_trust"))
    form = site.add_mutually_exclusive_group()
    form.add_argument("--json", action="store_const", const="json", dest="format", help=say("json"))
    form.add_argument("--format", choices=("text", "json", "oscal"), help=say("format"))
    site.add_argument("--page", type=Path, metavar="FILE", help=say("page"))
    site.set_defaults(format="text")


def _ask(ask: argparse.ArgumentParser, say: Say) -> None:
    ask.add_argument("--answers", type=Path, metavar="FILE.yaml", help=say("answers"))
    ask.add_argument("--all", action="store_true", help=say("ask_all"))
    ask.add_argument("--only", metavar="ID", help=say("ask_only"))
    ask.add_argument("--again", action="store_true", help=say("ask_again"))
    ask.add_argument("--template", action="store_true", help=say("ask_template"))


def _next(following: argparse.ArgumentParser, say: Say) -> None:
    following.add_argument("--all", action="store_true", help=say("next_all"))
    following.add_argument("--how", action="store_true", help=say("next_how"))
    instead = following.add_mutually_exclusive_group()
    instead.add_argument("--later", action="store_true", help=say("next_later"))
    instead.add_argument("--cannot", action="store_true", help=say("next_cannot"))


def _report(report: argparse.ArgumentParser, say: Say) -> None:
    report.add_argument("--html", type=Path, metavar="FILE", help=say("report_html"))
    report.add_argument("--pdf", type=Path, metavar="FILE", help=say("report_pdf"))
    report.add_argument("--company", default="", metavar="NAME", help=say("report_company"))
    report.add_argument("--json", type=Path, metavar="FILE", help=say("report_json"))
    report.add_argument("--oscal", type=Path, metavar="FILE", help=say("report_oscal"))
    report.add_argument("--format", choices=("text", "json", "oscal"), help=say("format"))


def _evidence(evidence: argparse.ArgumentParser, common: argparse.ArgumentParser, say: Say) -> None:
    what = evidence.add_subparsers(metavar="WHAT", required=True, dest="what")
    add = what.add_parser(
        "add", parents=[common], help=say("evidence_add"), description=say("evidence_add")
    )
    add.add_argument("id", metavar="ID", help=say("control_id"))
    add.add_argument("--date", metavar="YYYY-MM-DD", help=say("evidence_date"))
    add.add_argument("--file", type=Path, metavar="FILE", help=say("evidence_file"))
    add.add_argument("--note", default="", metavar="TEXT", help=say("evidence_note"))
    what.add_parser(
        "list", parents=[common], help=say("evidence_list"), description=say("evidence_list")
    )


def _papers(papers: argparse.ArgumentParser, common: argparse.ArgumentParser, say: Say) -> None:
    what = papers.add_subparsers(metavar="WHAT", required=True, dest="what")
    for name in ("list", "questions", "make"):
        said = say(f"papers_{name}")
        part = what.add_parser(name, parents=[common], help=said, description=said)
        if name != "list":
            part.add_argument("kind", metavar="KIND", help=say("papers_kind"))
        if name == "make":
            part.add_argument(
                "--out", type=Path, metavar="FILE", required=True, help=say("papers_out")
            )
            part.add_argument(
                "--answers", type=Path, metavar="FILE.yaml", help=say("papers_answers")
            )
            part.add_argument("--company", default="", metavar="NAME", help=say("report_company"))
            part.add_argument("--plan-by", metavar="YYYY-MM-DD", help=say("papers_plan_by"))
            part.add_argument("--approve", default="", metavar="NAME", help=say("papers_approve"))


def _incident(incident: argparse.ArgumentParser, common: argparse.ArgumentParser, say: Say) -> None:
    what = incident.add_subparsers(metavar="WHAT", required=True, dest="what")
    sheet = what.add_parser(
        "sheet", parents=[common], help=say("incident_sheet"), description=say("incident_sheet")
    )
    sheet.add_argument("--pdf", type=Path, metavar="FILE", help=say("report_pdf"))
    sheet.add_argument("--html", type=Path, metavar="FILE", help=say("report_html"))
    sheet.add_argument("--company", default="", metavar="NAME", help=say("sheet_company"))
    sheet.add_argument(
        "--contact",
        nargs=3,
        action="append",
        default=[],
        metavar=("KIND", "NAME", "REACH"),
        help=say("sheet_contact"),
    )
    verify = what.add_parser(
        "verify", parents=[common], help=say("incident_verify"), description=say("incident_verify")
    )
    verify.add_argument("file", type=Path, metavar="FILE", help=say("verify_file"))
    verify.add_argument("--key", type=Path, metavar="FILE.json", help=say("verify_key"))
    verify.add_argument("--ca", type=Path, metavar="FILE.pem", help=say("verify_ca"))
    verify.add_argument("--printed", default="", metavar="DIGEST", help=say("verify_printed"))
    verify.add_argument(
        "--json", action="store_const", const="json", dest="format", help=say("json")
    )
    verify.set_defaults(run=_later("incident_verify", "run"), format="text")


def _verify(verify: argparse.ArgumentParser, say: Say) -> None:
    verify.add_argument("file", type=Path, metavar="FILE", help=say("statement_file"))
    verify.add_argument(
        "--issuer-keys", type=Path, metavar="JWKS", required=True, help=say("statement_keys")
    )
    verify.add_argument("--status", type=Path, metavar="FILE", help=say("statement_status"))
    verify.add_argument("--audience", default="", metavar="NAME", help=say("statement_audience"))
    verify.add_argument("--nonce", default="", metavar="TEXT", help=say("statement_nonce"))
    verify.add_argument(
        "--json", action="store_const", const="json", dest="format", help=say("json")
    )
    verify.set_defaults(format="text")


def _advisories(
    advisories: argparse.ArgumentParser, common: argparse.ArgumentParser, say: Say
) -> None:
    what = advisories.add_subparsers(metavar="WHAT", required=True, dest="what")
    take = what.add_parser(
        "import",
        parents=[common],
        help=say("advisories_import"),
        description=say("advisories_import"),
    )
    take.add_argument("files", type=Path, nargs="+", metavar="FILE", help=say("advisories_files"))
    told = what.add_parser(
        "list", parents=[common], help=say("advisories_list"), description=say("advisories_list")
    )
    form = told.add_mutually_exclusive_group()
    form.add_argument("--json", action="store_true", help=say("json"))
    form.add_argument("--stix", action="store_true", help=say("advisories_stix"))


def _questionnaire(
    questionnaire: argparse.ArgumentParser, common: argparse.ArgumentParser, say: Say
) -> None:
    what = questionnaire.add_subparsers(metavar="WHAT", required=True, dest="what")
    for name in ("read", "fill"):
        made = what.add_parser(
            name,
            parents=[common],
            help=say(f"questionnaire_{name}"),
            description=say(f"questionnaire_{name}"),
        )
        made.add_argument("file", type=Path, metavar="FILE", help=say("questionnaire_file"))
        made.add_argument(
            "--mapping",
            type=Path,
            metavar="FILE",
            required=True,
            help=say("questionnaire_mapping"),
        )
        if name == "fill":
            made.add_argument(
                "--out", type=Path, metavar="FILE", required=True, help=say("questionnaire_out")
            )


def _trade(verb: Verb, common: argparse.ArgumentParser, say: Say) -> None:
    """Add the verbs about money, trading partners and lenders."""
    _money(verb("money", "money"), common, say)
    _questionnaire(verb("questionnaire", "questionnaire"), common, say)
    _chain(verb("chain", "chain"), say)
    _policy(verb("policy", "policy"), common, say)


def _chain(chain: argparse.ArgumentParser, say: Say) -> None:
    chain.add_argument("file", type=Path, metavar="FILE", help=say("chain_file"))
    chain.add_argument("--firms", type=Path, metavar="FILE.csv", help=say("chain_firms"))
    chain.add_argument("--for", dest="for_", metavar="FIRM", help=say("chain_for"))
    chain.add_argument("--help-firms", type=int, metavar="N", help=say("chain_help"))
    chain.add_argument("--minutes", type=int, metavar="N", help=say("chain_minutes"))
    chain.add_argument(
        "--close", action="append", default=[], metavar="FIRM", help=say("chain_close")
    )
    chain.add_argument("--svg", type=Path, metavar="FILE.svg", help=say("chain_svg"))
    chain.add_argument("--page", type=Path, metavar="FILE.html", help=say("chain_page"))
    chain.add_argument("--simulate", type=int, metavar="N", help=say("chain_simulate"))
    chain.add_argument("--json", action="store_true", help=say("json"))


def _policy(policy: argparse.ArgumentParser, common: argparse.ArgumentParser, say: Say) -> None:
    what = policy.add_subparsers(metavar="WHAT", required=True, dest="what")
    for name in ("lint", "template"):
        said = say(f"policy_{name}")
        part = what.add_parser(name, parents=[common], help=said, description=said)
        if name == "lint":
            part.add_argument("path", type=Path, metavar="FILE.yaml", help=say("policy_file"))


def _money(money: argparse.ArgumentParser, common: argparse.ArgumentParser, say: Say) -> None:
    what = money.add_subparsers(metavar="WHAT", required=True, dest="what")

    def add(name: str) -> argparse.ArgumentParser:
        made: argparse.ArgumentParser = what.add_parser(
            name, parents=[common], help=say(f"money_{name}"), description=say(f"money_{name}")
        )
        return made

    listing = add("list")
    listing.add_argument("--all", action="store_true", help=say("money_all"))
    listing.add_argument("--json", action="store_true", help=say("json"))
    add("show").add_argument("id", metavar="ID", help=say("money_id"))
    tell = add("tell")
    for option in ("prefecture", "municipality", "branches", "capital", "staff", "founded"):
        tell.add_argument(f"--{option}", metavar=option.upper(), help=say(f"money_{option}"))
    kinds = ("making", "wholesale", "service", "retail")
    tell.add_argument("--class", dest="class_", choices=kinds, help=say("money_class"))
    tell.add_argument("--gbizid", choices=("none", "entry", "prime"), help=say("money_gbizid"))
    tell.add_argument(
        "--security-action", choices=("none", "one", "two"), help=say("money_security_action")
    )
    tell.add_argument("--declaration", choices=("4", "5"), help=say("money_declaration"))
    add("insurance").add_argument("--csv", type=Path, metavar="FILE", help=say("money_csv"))
    add("template").add_argument("--csv", action="store_true", help=say("money_template_csv"))
    add("lint").add_argument("path", type=Path, metavar="PATH", help=say("money_path"))
    take = add("import")
    take.add_argument("path", type=Path, metavar="PATH", help=say("money_path"))
    take.add_argument("--into", type=Path, metavar="FOLDER", help=say("money_into"))
    take.add_argument("--seen", metavar="YYYY-MM-DD", help=say("money_seen"))


def _drill(drill: argparse.ArgumentParser, common: argparse.ArgumentParser, say: Say) -> None:
    what = drill.add_subparsers(metavar="WHAT", required=True, dest="what")

    def add(name: str) -> argparse.ArgumentParser:
        made: argparse.ArgumentParser = what.add_parser(
            name, parents=[common], help=say(f"drill_{name}"), description=say(f"drill_{name}")
        )
        return made

    listing = add("templates")
    listing.add_argument("--level", choices=("easy", "medium", "hard"), help=say("drill_level"))
    show = add("show")
    show.add_argument("id", metavar="TEMPLATE", help=say("drill_id"))
    show.add_argument("--html", type=Path, metavar="FILE", help=say("drill_html"))
    add("lint").add_argument("path", type=Path, metavar="FILE", help=say("drill_lint_path"))
    take = add("import")
    take.add_argument("path", type=Path, metavar="FILE", help=say("drill_import_path"))
    take.add_argument("--into", type=Path, metavar="FOLDER", help=say("drill_into"))
    add("results").add_argument("path", type=Path, metavar="FILE", help=say("drill_results_path"))


def _catalog(catalog: argparse.ArgumentParser, common: argparse.ArgumentParser, say: Say) -> None:
    what = catalog.add_subparsers(metavar="WHAT", required=True, dest="what")
    lint = what.add_parser(
        "lint", parents=[common], help=say("catalog_lint"), description=say("catalog_lint")
    )
    lint.add_argument("folder", type=Path, nargs="?", metavar="FOLDER", help=say("catalog_folder"))
    show = what.add_parser(
        "show", parents=[common], help=say("catalog_show"), description=say("catalog_show")
    )
    show.add_argument("id", metavar="ID", help=say("any_id"))
    what.add_parser(
        "list", parents=[common], help=say("catalog_list"), description=say("catalog_list")
    )


def _new(new: argparse.ArgumentParser, common: argparse.ArgumentParser, say: Say) -> None:
    what = new.add_subparsers(metavar="WHAT", required=True, dest="what")
    control = what.add_parser(
        "control", parents=[common], help=say("new_control"), description=say("new_control")
    )
    control.add_argument("name", metavar="NAME", help=say("new_name"))
    for option in ("title-ja", "title-en", "question-ja", "question-en"):
        control.add_argument(f"--{option}", metavar="TEXT", help=say(f"new_{option[:-3]}"))
    control.add_argument("--platforms", metavar="A,B", help=say("new_platforms"))
    control.add_argument(
        "--step", nargs=3, action="append", metavar=("PLATFORM", "JA", "EN"), help=say("new_step")
    )
    control.add_argument("--theme", metavar="THEME", help=say("new_theme"))
    control.add_argument("--threat", metavar="ID", help=say("new_threat"))
    control.add_argument("--source", metavar="ID", help=say("new_source"))
    control.add_argument("--fact", metavar="KIND", help=say("new_fact"))


def _portal(
    verb: Callable[..., argparse.ArgumentParser], common: argparse.ArgumentParser, say: Say
) -> None:
    up = verb("up", "portal", "up")
    up.add_argument("--port", type=int, default=8765, metavar="PORT", help=say("port"))
    up.add_argument("--no-browser", action="store_true", help=say("no_browser"))
    up.add_argument("--menu", action="store_true", help=say("menu"))
    up.add_argument("--end", action="store_true", help=say("end_up"))
    serve = verb("serve", "portal", "serve")
    serve.add_argument("--host", default="127.0.0.1", metavar="ADDRESS", help=say("host"))
    serve.add_argument("--port", type=int, default=8765, metavar="PORT", help=say("port"))
    serve.add_argument("--threads", type=int, default=8, metavar="N", help=say("threads"))
    verb("worker", "portal", "worker")
    receive = verb("receive", "portal", "receive")
    receive.add_argument(
        "--listen", default="127.0.0.1:8024", metavar="ADDRESS:PORT", help=say("receive_listen")
    )
    receive.add_argument("--imap", action="store_true", help=say("receive_imap"))
    verb("doctor", "portal", "doctor").add_argument("--json", action="store_true", help=say("json"))
    verb("backup", "portal", "backup").add_argument(
        "file", type=Path, metavar="FILE", help=say("backup_file")
    )
    restore = verb("restore", "portal", "restore")
    restore.add_argument("file", type=Path, metavar="FILE", help=say("backup_file"))
    restore.add_argument("--moved", action="store_true", help=say("restore_moved"))
    portal = verb("portal", "portal", "manage")
    what = portal.add_subparsers(metavar="WHAT", required=True, dest="what")
    for name in ("migrate", "openapi", "operator", "keys", "task-key", "statement-key", "policies"):
        made = what.add_parser(
            name,
            parents=[common],
            help=say(f"portal_{name.replace('-', '_')}"),
            description=say(f"portal_{name.replace('-', '_')}"),
        )
        if name == "operator":
            made.add_argument("email", metavar="MAIL", help=say("operator_mail"))
        if name == "task-key":
            made.add_argument(
                "do", choices=("show", "rotate", "revoke", "adopt"), help=say("task_key_do")
            )
        if name == "statement-key":
            made.add_argument(
                "do", choices=("show", "rotate", "revoke", "adopt"), help=say("statement_key_do")
            )
        if name == "policies":
            made.add_argument("folder", type=Path, metavar="FOLDER", help=say("policies_folder"))
        if name == "keys":
            made.add_argument("do", choices=("list", "rotate"), help=say("keys_do"))
            made.add_argument(
                "--purpose", choices=("general", "record"), default="general", help=say("keys_for")
            )


def _watch(watch: argparse.ArgumentParser, common: argparse.ArgumentParser, say: Say) -> None:
    watch.add_argument("--json", action="store_true", help=say("json"))
    what = watch.add_subparsers(metavar="WHAT", dest="what")

    def add(name: str) -> argparse.ArgumentParser:
        return what.add_parser(
            name, parents=[common], help=say(f"watch_{name}"), description=say(f"watch_{name}")
        )

    new = add("add")
    new.add_argument("engine", metavar="ENGINE", help=say("watch_engine"))
    new.add_argument("path", type=Path, metavar="PATH", help=say("watch_path"))
    new.add_argument("--line", default="", metavar="NAME", help=say("watch_line"))
    add("remove").add_argument("path", type=Path, metavar="PATH", help=say("watch_path"))
    add("once").add_argument("subject", nargs="?", metavar="ID", help=say("watch_subject"))
    add("follow").add_argument("--every", type=float, default=1.0, help=say("watch_every"))
    add("ours").add_argument("notice", metavar="NOTICE", help=say("watch_notice"))
    add("engines")
    settings = add("settings")
    settings.add_argument(
        "engine",
        choices=("laurel", "clamonacc", "suricata", "journal"),
        help=say("watch_settings_for"),
    )
    settings.add_argument(
        "--folder",
        dest="folders",
        action="append",
        type=Path,
        default=[],
        metavar="FOLDER",
        help=say("watch_folder"),
    )


def _sensor(sensor: argparse.ArgumentParser, say: Say) -> None:
    sensor.add_argument("--days", type=int, default=30, metavar="N", help=say("sensor_days"))
    sensor.add_argument("--addresses", type=int, metavar="N", help=say("sensor_addresses"))
    sensor.add_argument("--svg", type=Path, metavar="FILE", help=say("sensor_svg"))
    sensor.add_argument("--json", action="store_true", help=say("json"))


def _box(box: argparse.ArgumentParser, common: argparse.ArgumentParser, say: Say) -> None:
    what = box.add_subparsers(metavar="WHAT", required=True, dest="what")

    def add(name: str) -> argparse.ArgumentParser:
        made: argparse.ArgumentParser = what.add_parser(
            name, parents=[common], help=say(f"box_{name}"), description=say(f"box_{name}")
        )
        made.add_argument(
            "--root", type=Path, default=Path("/"), metavar="FOLDER", help=say("box_root")
        )
        return made

    add("sample")
    setup, allow = add("setup"), add("allow")
    for one in (setup, allow, add("check")):
        one.add_argument("--settings", type=Path, metavar="FILE", help=say("box_settings"))
    setup.add_argument("--dry-run", action="store_true", help=say("box_dry_run"))
    setup.add_argument("--offline", action="store_true", help=say("box_offline"))
    allow.add_argument("name", metavar="NAME", help=say("box_name"))
    add("back").add_argument("number", type=int, metavar="N", help=say("box_number"))
    add("reset").add_argument("--yes", action="store_true", help=say("box_yes"))
    for name in ("guard", "restore"):
        add(name)
    add("status").add_argument("--json", action="store_true", help=say("json"))
    page = add("page")
    page.add_argument("--serve", metavar="ADDRESS", help=say("box_serve"))
    page.add_argument("--port", type=int, default=80, metavar="PORT", help=say("port"))


def _agent(agent: argparse.ArgumentParser, common: argparse.ArgumentParser, say: Say) -> None:
    what = agent.add_subparsers(metavar="WHAT", required=True, dest="what")

    def add(name: str) -> argparse.ArgumentParser:
        return what.add_parser(
            name, parents=[common], help=say(f"agent_{name}"), description=say(f"agent_{name}")
        )

    enroll = add("enroll")
    enroll.add_argument("code", metavar="CODE", help=say("agent_code"))
    enroll.add_argument("--server", required=True, metavar="URL", help=say("agent_server"))
    enroll.add_argument("--name", default="", metavar="NAME", help=say("agent_name"))
    add("run").add_argument("--once", action="store_true", help=say("agent_once"))
    install = add("install")
    install.add_argument("--print", action="store_true", dest="show", help=say("agent_print"))
    install.add_argument(
        "--for", dest="system", choices=("linux", "macos", "windows"), help=say("agent_for")
    )
    add("uninstall")
    add("status")
    add("leave")
    _agent_tasks(add, say)


def _agent_tasks(add: Callable[[str], argparse.ArgumentParser], say: Say) -> None:
    allow, refuse, tasks = add("allow"), add("refuse"), add("tasks")
    add("release")
    add("log")
    add("act").add_argument("--isolation", action="store_true", help=say("agent_act_isolation"))
    allow.add_argument(
        "--kind",
        dest="kinds",
        action="append",
        default=[],
        metavar="KIND",
        help=say("agent_allow_kind"),
    )
    allow.add_argument("--fingerprint", default="", help=say("agent_fingerprint"))
    allow.add_argument("--key", default="", metavar="HEX", help=say("agent_key"))
    allow.add_argument("--untried", action="store_true", help=say("agent_untried"))
    refuse.add_argument("task", nargs="?", default="", metavar="TASK", help=say("agent_task"))
    refuse.add_argument("--kind", default="", metavar="KIND", help=say("agent_refuse_kind"))
    refuse.add_argument("--all", action="store_true", help=say("agent_refuse_all"))
    for one in (allow, refuse, tasks):
        one.add_argument("--home", type=Path, metavar="FOLDER", help=say("agent_home"))


def _count_in(lang: Lang) -> Callable[[str], int]:
    def count(text: str) -> int:
        """Read a count of 0 or more. Raises ArgumentTypeError with a sentence in ``lang``."""
        if not text.isdecimal() or len(text) > 9:
            ja = f"{text}: 0以上の整数を書いてください"
            en = f"{text}: give a whole number of 0 or more"
            raise argparse.ArgumentTypeError(ja if lang == "ja" else en)
        return int(text)

    return count


def _survey(
    survey: argparse.ArgumentParser, common: argparse.ArgumentParser, say: Say, lang: Lang
) -> None:
    what = survey.add_subparsers(metavar="WHAT", required=True, dest="what")

    def add(name: str) -> argparse.ArgumentParser:
        made: argparse.ArgumentParser = what.add_parser(
            name, parents=[common], help=say(f"survey_{name}"), description=say(f"survey_{name}")
        )
        # A module cannot be called import.
        module = "import_" if name == "import" else name
        made.set_defaults(run=_with_engines(module))
        return made

    lint = add("lint")
    lint.add_argument("questionnaire", metavar="FILE|ID", help=say("survey_questionnaire"))
    _responses(add("import"), add("export"), say)
    codebook = add("codebook")
    codebook.add_argument("questionnaire", metavar="FILE|ID", help=say("survey_questionnaire"))
    codebook.add_argument("--format", choices=("md", "csv"), default="md", help=say("format"))
    convert = add("convert")
    convert.add_argument("source", type=Path, metavar="IN", help=say("survey_convert_in"))
    convert.add_argument("out", type=Path, metavar="OUT", help=say("survey_convert_out"))
    for name in ("tabulate", "report"):
        _tables(add(name), say, lang)
    rebuild = add("reconstruct")
    rebuild.add_argument("questionnaire", metavar="ID", help=say("survey_rebuilt"))
    rebuild.add_argument("--out", type=Path, metavar="FILE.parquet", help=say("survey_rebuilt_out"))
    rebuild.add_argument("--check", action="store_true", help=say("survey_rebuilt_check"))


def _responses(take: argparse.ArgumentParser, export: argparse.ArgumentParser, say: Say) -> None:
    """Fill in the verbs that take responses in and give them out."""
    take.add_argument("data", type=Path, metavar="DATA", help=say("survey_data"))
    export.add_argument("data", type=Path, metavar="DATA", help=say("survey_data"))
    export.add_argument(
        "--format", choices=("csv", "sav", "parquet"), required=True, help=say("format")
    )
    take.add_argument("--questionnaire", metavar="FILE|ID", help=say("survey_draft"))
    export.add_argument(
        "--questionnaire", required=True, metavar="FILE|ID", help=say("survey_questionnaire")
    )
    for made in (take, export):
        made.add_argument("--out", type=Path, required=True, metavar="FILE", help=say("survey_out"))
        _reading(made, say)
    take.add_argument("--lenient", action="store_true", help=say("survey_lenient"))
    take.add_argument(
        "--origin",
        choices=("responses", "reconstruction", "synthetic"),
        default="responses",
        help=say("survey_origin"),
    )


def _reading(verb: argparse.ArgumentParser, say: Say) -> None:
    """Add what can be said of a file of answers; cli.survey.reading reads it."""
    verb.add_argument("--ignore", default="", metavar="A,B|*", help=say("survey_ignore"))
    verb.add_argument("--id", dest="id_column", default="", metavar="A", help=say("survey_id"))
    verb.add_argument("--encoding", default="", metavar="NAME", help=say("survey_encoding"))


def _tables(tables: argparse.ArgumentParser, say: Say, lang: Lang) -> None:
    """Fill in a verb that counts responses."""
    count = _count_in(lang)
    tables.add_argument("data", metavar="DATA", help=say("survey_responses"))
    tables.add_argument(
        "--questionnaire", required=True, metavar="FILE|ID", help=say("survey_questionnaire")
    )
    _reading(tables, say)
    tables.add_argument("--by", metavar="A,B", help=say("survey_by"))
    tables.add_argument(
        "--published", metavar="A,B", action="append", default=[], help=say("survey_published")
    )
    tables.add_argument("--out", type=Path, required=True, metavar="DIR", help=say("survey_folder"))
    tables.add_argument(
        "--weight-margins", type=Path, metavar="FILE.csv", help=say("survey_margins")
    )
    tables.add_argument("--engine", metavar="spark|URL", help=say("survey_engine"))
    tables.add_argument(
        "--min-cell", type=count, default=3, metavar="N", help=say("survey_min_cell")
    )
    tables.add_argument(
        "--min-base", type=count, default=30, metavar="N", help=say("survey_min_base")
    )
    tables.add_argument("--no-suppression", action="store_true", help=say("survey_show_all"))


Spell = Callable[[Verb, argparse.ArgumentParser, Say, Lang], object]
_VERBS: dict[tuple[str, ...], Spell] = {
    ("check",): lambda verb, nested, say, lang: _check(verb("check", "check"), say),
    ("site",): lambda verb, nested, say, lang: _site(verb("site", "site"), say),
    ("mail",): lambda verb, nested, say, lang: _mail(verb("mail", "mail"), say),
    ("ask",): lambda verb, nested, say, lang: _ask(verb("ask", "ask"), say),
    ("next",): lambda verb, nested, say, lang: _next(verb("next", "next_step"), say),
    ("done",): lambda verb, nested, say, lang: verb("done", "done").add_argument(
        "id", metavar="ID", help=say("control_id")
    ),
    ("report",): lambda verb, nested, say, lang: _report(verb("report", "report"), say),
    ("history",): lambda verb, nested, say, lang: verb("history", "history").add_argument(
        "--json", action="store_true", help=say("json")
    ),
    ("evidence",): lambda verb, nested, say, lang: _evidence(
        verb("evidence", "evidence"), nested, say
    ),
    ("papers",): lambda verb, nested, say, lang: _papers(verb("papers", "papers"), nested, say),
    ("incident",): lambda verb, nested, say, lang: _incident(
        verb("incident", "incident"), nested, say
    ),
    ("verify",): lambda verb, nested, say, lang: _verify(verb("verify", "verify"), say),
    ("advisories",): lambda verb, nested, say, lang: _advisories(
        verb("advisories", "advisories"), nested, say
    ),
    ("money", "questionnaire", "chain", "policy"): lambda verb, nested, say, lang: _trade(
        verb, nested, say
    ),
    ("drill",): lambda verb, nested, say, lang: _drill(verb("drill", "drill"), nested, say),
    ("watch",): lambda verb, nested, say, lang: _watch(verb("watch", "watch"), nested, say),
    ("sensor",): lambda verb, nested, say, lang: _sensor(verb("sensor", "sensor"), say),
    ("box",): lambda verb, nested, say, lang: _box(verb("box", "box"), nested, say),
    ("catalog",): lambda verb, nested, say, lang: _catalog(verb("catalog", "catalog"), nested, say),
    ("new",): lambda verb, nested, say, lang: _new(verb("new", "new"), nested, say),
    ("up", "serve", "worker", "receive", "doctor", "backup", "restore", "portal"): (
        lambda verb, nested, say, lang: _portal(verb, nested, say)
    ),
    ("agent",): lambda verb, nested, say, lang: _agent(verb("agent", "agent"), nested, say),
    ("survey",): lambda verb, nested, say, lang: _survey(
        verb("survey", "survey"), nested, say, lang
    ),
}
"""Verbs as the help lists them, with what spells them out."""
