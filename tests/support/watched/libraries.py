"""Updates of real program files: those of Debian's WordPress, as written and as served."""

from collections.abc import Iterable, Iterator
from pathlib import Path

from tests.support.watched.wordpress import PACKAGE
from tojimari.assess.defacement.changes import Change, compare
from tojimari.collect.outside.defacement.script_features import script_features
from tojimari.model.snapshots import PageSnapshot, ScriptFeatures, SiteSnapshot

JS = PACKAGE / "wp-includes/js"
EVERY = sorted([*JS.glob("**/*.min.js"), *PACKAGE.glob("wp-admin/js/**/*.min.js")])
_PAGES = (PageSnapshot("http://www.shop.test/", "www.shop.test"),)
_PLACE = "www.shop.test/js/a.js"


def alarms(before: ScriptFeatures | None, after: ScriptFeatures) -> list[Change]:
    """Return what rings where a file of the site's own changes, or comes (``before`` is None)."""
    was = {} if before is None else {_PLACE: before}
    changes = compare(SiteSnapshot(_PAGES, was), SiteSnapshot(_PAGES, {_PLACE: after}))
    return [change for change in changes if change.severity == "alarm"]


def updates(files: Iterable[Path]) -> Iterator[tuple[str, list[Change]]]:
    """Play three updates of each file: from as it is written to as it is served, back, and new.

    Two versions of a library are seldom further apart than its two forms.
    """
    for served in files:
        written = served.with_name(served.name.replace(".min.js", ".js"))
        if written.is_file():
            one, other = (script_features(file.read_text("utf-8")) for file in (written, served))
            for before, after in ((one, other), (other, one), (None, other)):
                yield served.name, alarms(before, after)
