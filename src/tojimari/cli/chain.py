"""``tojimari chain``: whose weak spot puts whose purchases at risk, and whom to help first."""

import argparse
from typing import Any

import msgspec

from tojimari.catalog import Catalog, load_catalog
from tojimari.chain.files import read_network
from tojimari.chain.installed import require_engines
from tojimari.chain.network import Network
from tojimari.cli.printing import print_aside, print_line
from tojimari.model import Lang, TojimariError
from tojimari.report.chain import HELPED, buyer_view, chain_page, model_of, ranks_view
from tojimari.report.files import write_report
from tojimari.report.paragraph import console_of_command, put

LISTED_SCHEMA = "tojimari.chain-view/1"
HELPED_AT_MOST = 20
DRAWS_AT_MOST = 100_000


def run(arguments: argparse.Namespace, lang: Lang) -> int:
    """Reckon a chain that a file holds. Returns 0."""
    require_engines()
    catalog = load_catalog()
    k = _between("--help-firms", arguments.help_firms, HELPED, HELPED_AT_MOST)
    network = read_network(arguments.file, arguments.firms, controls=frozenset(catalog.controls))
    buyer = _buyer(network, arguments, catalog)
    if buyer is None:
        view = ranks_view(network, catalog, lang, k=k)
    else:
        closing = tuple(arguments.close) or None
        for id_ in arguments.close:
            _known(network, id_, catalog)
        view = buyer_view(
            network, buyer, catalog, lang, k=k, minutes=arguments.minutes, closing=closing
        )
        if arguments.svg is not None:
            write_report(arguments.svg, str(view["picture"]).encode())
        if arguments.page is not None:
            write_report(arguments.page, chain_page(view, catalog, lang).encode())
        for path in filter(None, (arguments.svg, arguments.page)):
            print_aside(catalog.ui("page.written").say(lang, path=path.resolve()))
    if arguments.json:
        shown = {key: value for key, value in view.items() if key != "picture"}
        made = {"schema": LISTED_SCHEMA, **shown}
        print_line(msgspec.json.format(msgspec.json.encode(made), indent=1).decode())
        return 0
    _print(view, buyer, catalog, lang)
    if arguments.simulate is not None:
        _print_simulated(network, arguments.simulate, catalog, lang)
    return 0


def _between(option: str, given: int | None, otherwise: int, most: int) -> int:
    if given is None:
        return otherwise
    if not 1 <= given <= most:
        raise TojimariError(
            f"{option} {given}: 1 から {most} までです。", f"{option} {given}: is 1 to {most}."
        )
    return given


def _known(network: Network, id_: str, catalog: Catalog) -> None:
    firm = network.firms.get(id_)
    if firm is None or firm.hidden:
        text = catalog.ui("chain.unknown_firm" if firm is None else "chain.hidden_firm")
        raise TojimariError(text.say("ja", id=id_[:60]), text.say("en", id=id_[:60]))


def _buyer(network: Network, arguments: argparse.Namespace, catalog: Catalog) -> str | None:
    """Return the firm that is looked from: the one named, or the only one that sells to nobody."""
    if arguments.minutes is not None and arguments.minutes < 1:
        raise TojimariError("--minutes は 1 以上です。", "--minutes is 1 or more.")
    if arguments.for_ is not None:
        _known(network, arguments.for_, catalog)
        return str(arguments.for_)
    sells = {link.supplier for link in network.links}
    ends = [id_ for id_, firm in network.firms.items() if id_ not in sells and not firm.hidden]
    if len(ends) == 1 and ends[0] in network.suppliers:
        return ends[0]
    for option in ("svg", "page", "close", "minutes"):
        if getattr(arguments, option):
            text = catalog.ui("chain.needs_for")
            raise TojimariError(
                text.say("ja", option=f"--{option}"), text.say("en", option=f"--{option}")
            )
    return None


def _print(view: dict[str, Any], buyer: str | None, catalog: Catalog, lang: Lang) -> None:
    console = console_of_command()

    def say(key: str, **words: object) -> str:
        return catalog.ui(f"chain.{key}").say(lang, **words)

    if buyer is None:
        put(console, say("all", firms=view["firms"], links=view["links"]), 0)
        for row in view["rows"]:
            unseen = say("unseen", n=row["unseen"]) if row["unseen"] else ""
            put(console, f"{row['rank']}. {row['name']}: {row['index']} {unseen}", 2)
        put(console, say("no_buyer"), 0)
    else:
        put(console, f"{say('title')}: {view['buyer']}", 0)
        put(console, say("at_risk", index=view["at_risk"]), 0)
        _print_rows(view, catalog, lang)
    if view["left_out"]:
        put(console, say("left_out"), 0)
    console.print()
    put(console, say("help"), 0)
    if not view["help"]["firms"]:
        put(console, say("help_none"), 2)
    else:
        told = {name: view["help"][name] for name in ("before", "after", "minutes")}
        put(console, say("help_does", **told), 2)
        for place, one in enumerate(view["help"]["firms"], 1):
            told = {name: one[name] for name in ("name", "gain", "minutes")}
            put(console, f"{place}. {say('help_firm', **told)}", 2)
            put(console, say("and").join(one["controls"]), 6)
        for one in view["help"]["thumbs"]:
            put(console, say("thumb", **one, ours=view["help"]["gain"]), 2)
    console.print()
    put(console, say("assumed"), 0)
    for one in view["assumptions"]:
        sources = f": {one['sources']}" if one["sources"] else ""
        put(console, f"- {one['says']} [{one['mark']}{sources}]", 2)


def _print_rows(view: dict[str, Any], catalog: Catalog, lang: Lang) -> None:
    console = console_of_command()

    def say(key: str, **words: object) -> str:
        return catalog.ui(f"chain.{key}").say(lang, **words)

    put(console, say("who"), 0)
    for row in view["rows"]:
        unseen = say("unseen", n=row["unseen"]) if row["unseen"] else ""
        put(console, f"{row['rank']}. {row['name']} ({say('tier', n=row['tier'])})", 2)
        put(
            console,
            f"{say('col_effect')}: {row['effect']} / {say('col_share')}: {row['share']} %",
            6,
        )
        put(console, f"{say('col_own')}: {row['own']} {unseen}", 6)
        for way in row["ways"]:
            put(console, way, 6)
    if view["undisclosed"]:
        told = {"n": view["undisclosed"], "share": view["undisclosed_share"]}
        put(console, say("undisclosed", **told), 2)
    key = "concentrated" if view["is_concentrated"] else "spread"
    put(console, say(key, h=view["concentration"]), 2)
    for one in view["single_points"][:5]:
        put(console, say("single_point", name=one["name"], n=one["firms"]), 2)
    if view["ask_first"]:
        put(console, say("ask_first", names=say("and").join(view["ask_first"])), 2)


def _print_simulated(network: Network, draws: int, catalog: Catalog, lang: Lang) -> None:
    from tojimari.chain.attribution import as_index
    from tojimari.chain.cascade import cases, exposures
    from tojimari.chain.simulation import simulate
    from tojimari.chain.veil import veiled

    model = model_of(catalog)
    n = _between("--simulate", draws, 1, DRAWS_AT_MOST)
    shown = veiled(network, tiers=model.tiers, at_least=model.hidden_at_least).network
    worst = cases(shown, model)[1]
    drawn = simulate(worst.links, worst.weakness, model.tiers, draws=n, seed=1)
    ours = exposures(worst.links, worst.weakness, model.tiers)
    told = {
        "n": n,
        "drawn": f"{as_index(float(drawn.exposures.mean()), model):.1f}",
        "ours": f"{as_index(float(ours.mean()), model):.1f}",
    }
    put(console_of_command(), catalog.ui("chain.simulated").say(lang, **told), 0)
