"""Whether the operator's newer copies can be used, said before anything else is done."""

import os

from tojimari.knowledge.exploited import exploited
from tojimari.knowledge.files import FOLDER
from tojimari.knowledge.scripts import is_known
from tojimari.knowledge.technologies import is_recognised


def check_copies() -> None:
    """Read every copy in the operator's folder. Raises TojimariError for one that is broken."""
    if os.environ.get(FOLDER):
        exploited()
        is_known("jquery")
        is_recognised("WordPress")
