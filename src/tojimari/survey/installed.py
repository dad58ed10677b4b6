"""The engines that read, tabulate and draw come with an extra; a computer of an owner has none."""

from tojimari.model import TojimariError


class EnginesMissing(TojimariError):
    """What tabulates surveys is not installed; says the two ways that install it."""

    def __init__(self, module: str = "") -> None:
        """Take the name of the ``module`` that was not found, if it is known."""
        name = f" ({module})" if module else ""
        super().__init__(
            f"調査を集計する部品{name}が入っていません。`make up SURVEY=1`、または "
            "`pip install 'tojimari[survey]'` を実行してから、もう一度お試しください。",
            f"What tabulates surveys is not installed{name}. Run `make up SURVEY=1` or "
            "`pip install 'tojimari[survey]'` and try again.",
        )
