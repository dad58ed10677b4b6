"""What the commands of a device need beside the core."""

from importlib import import_module

from tojimari.model import TojimariError


def need_agent_parts(*modules: str) -> None:
    """Raise TojimariError, which says what to install, where one of ``modules`` is missing."""
    try:
        for module in modules:
            import_module(module)
    except ImportError as error:
        raise TojimariError(
            "部品が足りません。`pip install 'tojimari[agent]'` を実行してください。",
            "Parts are missing. Run `pip install 'tojimari[agent]'`.",
        ) from error
