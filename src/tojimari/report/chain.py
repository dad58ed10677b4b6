"""A supply chain in words: ranks, ways, single points, whom to help, and what was assumed."""

from typing import TYPE_CHECKING, Any

from markupsafe import Markup

from tojimari.catalog import Catalog
from tojimari.catalog.chain import ChainModel
from tojimari.chain.network import Network
from tojimari.chain.veil import veiled
from tojimari.chain.weakness import Interval, closable
from tojimari.model import Lang
from tojimari.report.phrases import index_words

if TYPE_CHECKING:
    from tojimari.chain.attribution import Attribution

HELPED = 3
ROWS_SHOWN = 30
ASKED_FIRST = 3
CONCENTRATED = 0.25
"""Herfindahl index from which a chain is called concentrated (as four equal parts are): ours."""


def model_of(catalog: Catalog) -> ChainModel:
    """Return what the sums assume. The catalog that ships has it; raises LookupError otherwise."""
    if catalog.chain is None:
        raise LookupError("this catalog has no chain.yaml")
    return catalog.chain


def assumption_lines(catalog: Catalog, lang: Lang) -> list[dict[str, str]]:
    """Return what is printed beside every figure: each assumption with how it was checked."""
    model = model_of(catalog)
    return [
        {
            "says": one.says.say(lang, tiers=model.tiers),
            "mark": catalog.ui(f"chain.mark_{one.mark}").say(lang),
            "sources": "; ".join(catalog.sources[id_].title.say(lang) for id_ in one.sources),
        }
        for one in model.assumptions.values()
    ]


def minutes_of(catalog: Catalog, control: str) -> int:
    """Return how long a control takes, as the catalog says; 0 for one it does not know."""
    known = catalog.controls.get(control)
    return known.minutes if known else 0


def buyer_view(
    network: Network,
    buyer: str,
    catalog: Catalog,
    lang: Lang,
    *,
    k: int = HELPED,
    minutes: int | None = None,
    closing: tuple[str, ...] | None = None,
) -> dict[str, Any]:
    """Return everything a page says of one buyer's chain; undisclosed firms are veiled here.

    k, minutes: how many firms are helped, and the effort for all together. closing: ids of firms
    that close what they are known to have open, instead of the best; ids of undisclosed firms and
        unknown ones are passed over.
    Raises EnginesMissing where numpy is not installed.
    """
    from tojimari.chain.installed import require_engines

    require_engines()
    from tojimari.chain.attribution import attribution
    from tojimari.report.chain_picture import picture

    model = model_of(catalog)
    seen = veiled(network, tiers=model.tiers, at_least=model.hidden_at_least)
    shown = seen.network
    found = attribution(shown, buyer, model)
    name = {id_: firm.called for id_, firm in shown.firms.items()}
    index = {
        id_: Interval(100 * w.low / model.ceiling, 100 * w.high / model.ceiling)
        for id_ in shown.firms
        for w in (shown.weakness(id_, model),)
    }
    unsure = sorted(found.contributions, key=lambda one: one.effect.low - one.effect.high)
    return {
        "buyer": name[buyer],
        "at_risk": index_words(found.at_risk, catalog, lang),
        "rows": _rows(shown, found, index, catalog, lang),
        "concentration": round(found.concentration, 2),
        "is_concentrated": found.concentration >= CONCENTRATED,
        "single_points": [
            {"name": name[one.firm], "firms": one.firms} for one in found.single_points
        ],
        "undisclosed": found.undisclosed,
        "undisclosed_share": round(100 * found.undisclosed_share),
        "left_out": seen.left_out,
        "ask_first": [
            name[one.firm]
            for one in unsure[:ASKED_FIRST]
            if not shown.weakness(one.firm, model).is_known
        ],
        "help": help_view(shown, catalog, lang, buyer=buyer, k=k, minutes=minutes, closing=closing),
        "assumptions": assumption_lines(catalog, lang),
        "picture": picture(shown, found, index, catalog, lang),
    }


def buyer_figures(network: Network | None, buyer: str, catalog: Catalog) -> dict[str, Any]:
    """Return the figures of one buyer's chain as whole numbers, veiled as on the page.

    network: None where nobody shows the buyer anything. Raises EnginesMissing without numpy.
    """
    assumptions = [one["says"] for one in assumption_lines(catalog, "en")]
    nothing: dict[str, Any] = {"at_risk": None, "concentration": None, "firms": []}
    nothing |= {"undisclosed": 0, "undisclosed_share": 0, "left_out": 0}
    if network is None:
        return {**nothing, "assumptions": assumptions}
    from tojimari.chain.installed import require_engines

    require_engines()
    from tojimari.chain.attribution import attribution

    model = model_of(catalog)
    seen = veiled(network, tiers=model.tiers, at_least=model.hidden_at_least)
    found = attribution(seen.network, buyer, model)
    firms = []
    for rank, one in enumerate(found.contributions, 1):
        firm = seen.network.firms[one.firm]
        weakness = seen.network.weakness(one.firm, model)
        own = Interval(100 * weakness.low / model.ceiling, 100 * weakness.high / model.ceiling)
        firms.append(
            {
                "id": one.firm,
                "rank": rank,
                "name": firm.called,
                "tier": one.tier,
                "index": _whole(own),
                "effect": _whole(one.effect),
                "share": round(100 * one.share),
            }
        )
    return {
        "at_risk": _whole(found.at_risk),
        "concentration": round(found.concentration, 2),
        "undisclosed": found.undisclosed,
        "undisclosed_share": round(100 * found.undisclosed_share),
        "left_out": seen.left_out,
        "firms": firms,
        "assumptions": assumptions,
    }


def _whole(value: Interval) -> dict[str, int]:
    return {"low": round(value.low), "high": round(value.high)}


def _rows(
    network: Network,
    found: "Attribution",
    index: dict[str, Interval],
    catalog: Catalog,
    lang: Lang,
) -> list[dict[str, Any]]:
    """Return the firms that put most on a buyer, as words."""
    model = model_of(catalog)
    name = {id_: firm.called for id_, firm in network.firms.items()}
    return [
        {
            "id": one.firm,
            "rank": rank,
            "name": name[one.firm],
            "tier": one.tier,
            "effect": index_words(one.effect, catalog, lang),
            "share": round(100 * one.share),
            "own": index_words(index[one.firm], catalog, lang),
            "ways": [" → ".join(name[id_] for id_ in way.firms) for way in one.ways],
            "open": _titles(closable(network.firms[one.firm].states, model), catalog, lang),
            "unseen": _unseen(network, one.firm, model),
        }
        for rank, one in enumerate(found.contributions[:ROWS_SHOWN], 1)
    ]


def _titles(controls: tuple[str, ...], catalog: Catalog, lang: Lang) -> list[str]:
    return [catalog.controls[control].title.say(lang) for control in controls]


def _unseen(network: Network, id_: str, model: ChainModel) -> int:
    """Return how many of the controls that count nobody knows of a firm."""
    states = network.firms[id_].states
    return sum(states.get(control, "unknown") == "unknown" for control in model.weights)


def help_view(
    network: Network,
    catalog: Catalog,
    lang: Lang,
    *,
    buyer: str | None,
    k: int,
    minutes: int | None = None,
    closing: tuple[str, ...] | None = None,
) -> dict[str, Any]:
    """Return whom to help first and what that changes, beside three rules of thumb."""
    from tojimari.chain.choice import by_rules_of_thumb, what_if, whom_to_help

    model = model_of(catalog)

    def cost(control: str) -> int:
        return minutes_of(catalog, control)

    if closing is None:
        found = whom_to_help(network, model, cost, k=k, buyer=buyer, minutes=minutes)
    else:
        # Whoever guesses the id of an undisclosed firm must not learn that it is there.
        shown = {id_ for id_, firm in network.firms.items() if not firm.hidden}
        ids = tuple(dict.fromkeys(id_ for id_ in closing if id_ in shown))
        told = {id_: c for id_, c in network.closing_all(ids, model).items() if c}
        found = what_if(network, model, cost, told, buyer)
    thumbs = (
        by_rules_of_thumb(network, model, cost, k=len(found.helped), buyer=buyer)
        if closing is None and minutes is None and found.helped
        else {}
    )
    gain = found.before.high - found.after.high
    return {
        "before": index_words(found.before, catalog, lang),
        "after": index_words(found.after, catalog, lang),
        "minutes": found.minutes,
        "firms": [
            {
                "id": one.firm,
                "name": network.firms[one.firm].called,
                "controls": _titles(one.controls, catalog, lang),
                "minutes": one.minutes,
                "gain": index_words(one.gain, catalog, lang),
            }
            for one in found.helped
        ],
        "gain": round(gain, 1),
        "thumbs": [
            {
                "name": catalog.ui(f"chain.thumb_{name}").say(lang),
                "gain": round(one.before.high - one.after.high, 1),
            }
            for name, one in thumbs.items()
        ],
    }


def ranks_view(network: Network, catalog: Catalog, lang: Lang, *, k: int) -> dict[str, Any]:
    """Return the firms whose exposure is largest, and whom to help for all firms together.

    Raises EnginesMissing where numpy is not installed.
    """
    from tojimari.chain.installed import require_engines

    require_engines()
    import numpy as np

    from tojimari.chain.attribution import as_index
    from tojimari.chain.cascade import cases, exposures

    model = model_of(catalog)
    seen = veiled(network, tiers=model.tiers, at_least=model.hidden_at_least)
    shown, ids = seen.network, list(seen.network.firms)
    low, high = (exposures(c.links, c.weakness, model.tiers) for c in cases(shown, model))
    order = [int(p) for p in np.argsort(-high, kind="stable") if not shown.firms[ids[p]].hidden]
    rows = [
        {
            "id": ids[place],
            "rank": rank,
            "name": shown.firms[ids[place]].called,
            "index": index_words(
                Interval(as_index(float(low[place]), model), as_index(float(high[place]), model)),
                catalog,
                lang,
            ),
            "unseen": _unseen(shown, ids[place], model),
        }
        for rank, place in enumerate(order[:ROWS_SHOWN], 1)
    ]
    return {
        "rows": rows,
        "firms": len(order),
        "links": len(shown.links),
        "left_out": seen.left_out,
        "help": help_view(shown, catalog, lang, buyer=None, k=k),
        "assumptions": assumption_lines(catalog, lang),
    }


def chain_page(view: dict[str, Any], catalog: Catalog, lang: Lang) -> str:
    """Return one buyer's chain as one HTML page that loads nothing."""
    from tojimari.report.page import environment

    page = environment().get_template("chain.html")
    return page.render(
        lang=lang,
        view={**view, "picture": Markup(view["picture"])},  # noqa: S704  # escaped where it is drawn
        ui=lambda key, **words: catalog.ui(key).say(lang, **words),
    )
