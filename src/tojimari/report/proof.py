"""A statement on paper: what it says, a QR code that leads to it, and one that is the summary itself."""

import segno

from tojimari.attest.own_list import in_order, item_titles
from tojimari.attest.statement import Statement
from tojimari.catalog import Catalog
from tojimari.model import BEST_FIRST, Lang
from tojimari.report.page import environment


def proof_page(said: Statement, summary: str, address: str, catalog: Catalog, lang: Lang) -> str:
    """Return the paper as one HTML page for A4, in ``lang``.

    summary: the signed summary, for readers without a network. address: the link to the whole.
    """
    framework = catalog.frameworks.get(said.framework)
    titles = item_titles(said.framework, catalog)
    known = "?" if said.devices.known is None else said.devices.known

    def ui(key: str, **words: object) -> str:
        return catalog.ui(key).say(lang, **words)

    kinds = {kind: ui(f"proof.kind.{kind}") for kind in (*said.met_by, "none")}
    return (
        environment()
        .get_template("proof.html")
        .render(
            lang=lang,
            ui=ui,
            said=said,
            framework=framework.title.say(lang) if framework else said.framework,
            known=known,
            states=[(ui(f"state.{state}"), said.counts[state]) for state in BEST_FIRST],
            kinds=[(ui("proof.met_by", kind=kinds[kind]), n) for kind, n in said.met_by.items()],
            items=[
                (
                    titles[item.id].say(lang) if item.id in titles else item.id,
                    ui(f"state.{item.state}"),
                    kinds[item.evidence],
                )
                for item in in_order(said.items, titles)
            ],
            link=_code(address, "m"),
            summary=_code(summary, "m"),
        )
    )


def _code(text: str, error: str) -> str:
    """Return a QR code as an SVG in a data address."""
    return str(segno.make(text, error=error, micro=False, boost_error=False).svg_data_uri(border=2))
