"""Whether the operator's newer copies can be used, said before anything else is done."""

import os

from tojimari.catalog.lifecycle import load_lifecycle
from tojimari.knowledge.files import FOLDER


def check_copies() -> None:
    """Read every copy in the operator's folder. Raises TojimariError for one that is broken."""
    if not os.environ.get(FOLDER):
        return
    from tojimari.knowledge.exploited import exploited
    from tojimari.knowledge.scripts import is_known
    from tojimari.knowledge.technologies import is_recognised

    load_lifecycle()
    exploited()
    is_known("jquery")
    is_recognised("WordPress")
