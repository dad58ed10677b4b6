"""Whether lists of what buyers ask for fit the rest of the catalog."""

from tojimari.catalog.linter import Linter

FAIR_TRADE = "fair_trade.yaml"


def check_requirements(lint: Linter) -> None:
    """Note what does not fit: a framework or item that is not there, an item nothing answers."""
    content = lint.content
    for one in content.requirements.values():
        file = f"requirements/{one.id}.yaml"
        lint.languages(file, one)
        lint.known(file, "sources", one.sources, content.sources)
        lint.known(file, "framework", [one.framework], content.frameworks)
        framework = content.frameworks.get(one.framework)
        if framework is None:
            continue
        items = {item.id: item for item in framework.items}
        lint.known(file, "items", one.items, items)
        if len(set(one.items)) != len(one.items):
            lint.add(file, "items", "同じ項目が二度あります", "an item is there twice")
    rules = content.fair_trade
    if rules is None:
        return
    lint.languages(FAIR_TRADE, rules)
    lint.known(FAIR_TRADE, "sources", rules.sources, content.sources)
    if {point.is_fine for point in rules.points} != {True, False}:
        lint.add(
            FAIR_TRADE,
            "points",
            "よい頼み方と、問題になる頼み方の両方が要ります",
            "needs both: how asking is fine, and how it is trouble",
        )
