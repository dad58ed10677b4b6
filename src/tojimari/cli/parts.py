"""What commands need beside the core: it comes with extras, and a command says which one it lacks."""

from collections.abc import Iterator
from contextlib import contextmanager
from importlib import import_module

from tojimari.model import Text, TojimariError

_NOTHING = Text(ja="", en="")


class PartsMissing(TojimariError):
    """Parts of an extra are not installed; says what installs them."""

    def __init__(self, extra: str, module: str | None, instead: Text = _NOTHING) -> None:
        """Take the ``module`` that was not found, and a sentence about what does without."""
        name = f" ({module})" if module else ""
        super().__init__(
            f"部品が足りません{name}。`pip install 'tojimari[{extra}]'` を実行してください。{instead.ja}",
            f"Parts are missing{name}. Run `pip install 'tojimari[{extra}]'`. {instead.en}".strip(),
        )


@contextmanager
def parts_of(extra: str, *, instead: Text = _NOTHING) -> Iterator[None]:
    """Let what is imported inside be of ``extra``. Raises PartsMissing where it is not found."""
    try:
        yield
    except ImportError as error:
        raise PartsMissing(extra, error.name, instead) from error


def need_parts(extra: str, *modules: str) -> None:
    """Import ``modules``, which are of ``extra``. Raises PartsMissing where one is not found."""
    with parts_of(extra):
        for module in modules:
            import_module(module)
