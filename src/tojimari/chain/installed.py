"""What the sums over a supply chain need comes with an extra; the rest starts without it."""

from tojimari.model import TojimariError


class EnginesMissing(TojimariError):
    """What reckons the supply chain is not installed; says what installs it."""

    def __init__(self, module: str = "numpy") -> None:
        """Take the name of the ``module`` that was not found."""
        super().__init__(
            f"取引のつながりを計算する部品 ({module}) が入っていません。"
            "`pip install 'tojimari[chain]'` を実行してから、もう一度お試しください。",
            f"What reckons the supply chain is not installed ({module}). Run "
            "`pip install 'tojimari[chain]'` and try again.",
        )


def require_engines() -> None:
    """Raise EnginesMissing where numpy is not there."""
    try:
        import numpy  # noqa: F401
    except ImportError as error:
        raise EnginesMissing(error.name or "numpy") from error
