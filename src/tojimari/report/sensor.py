"""The chart of knocks beside the police agency's figures, as SVG."""

from collections.abc import Iterable

from jinja2 import Environment, PackageLoader, StrictUndefined

from tojimari.watch.sensor import Bar


def chart(bars: Iterable[Bar], *, title: str, unit: str, n: str, source: str) -> str:
    """Return the SVG. Every text is escaped; the texts are in one language."""
    environment = Environment(
        loader=PackageLoader("tojimari.report"), autoescape=True, undefined=StrictUndefined
    )
    return environment.get_template("sensor.svg").render(
        bars=list(bars), title=title, unit=unit, n=n, source=source
    )
