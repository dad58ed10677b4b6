"""Whether what the sums over supply chains assume fits the rest of the catalog."""

from tojimari.catalog.linter import Linter

_FILE = "chain.yaml"
_KINDS = ("easy", "months", "hard")


def check_chain(lint: Linter) -> None:
    """Note weights of controls that do not exist, numbers out of their bounds, missing words."""
    model = lint.content.chain
    if model is None:
        return
    lint.known(_FILE, "weights", model.weights, lint.content.controls)
    lint.languages(_FILE, model.assumptions)
    for name, one in model.assumptions.items():
        lint.known(_FILE, f"assumptions.{name}.sources", one.sources, lint.content.sources)
    if not 0 <= model.floor < model.ceiling < 1:
        lint.add(_FILE, "floor", "0以上、ceiling より小さく書きます", "is from 0 to below ceiling")
    if not model.weights or any(weight <= 0 for weight in model.weights.values()):
        lint.add(_FILE, "weights", "0より大きい数です", "are numbers over 0")
    if set(model.replace) != set(_KINDS) or not all(0 < w <= 1 for w in model.replace.values()):
        kinds = ", ".join(_KINDS)
        lint.add(_FILE, "replace", f"{kinds} を0より大きく1までで", f"is {kinds}, over 0 up to 1")
    if not 1 <= model.tiers <= 3:
        lint.add(_FILE, "tiers", "1から3です", "is 1 to 3")
    if model.hidden_at_least < 5:
        lint.add(_FILE, "hidden_at_least", "5以上です", "is 5 or more")
