"""Groups of respondents: variables made from answers."""

from tojimari.model import Answers
from tojimari.model.conditions import holds
from tojimari.survey.schema import Derived


def derive(derived: Derived, answers: Answers) -> str | tuple[str, ...] | None:
    """Return the group (with ``several``: the groups) of one respondent, None for none.

    ``answers`` must hold the derived variables that this one is made from.
    """
    if derived.when is not None and not holds(derived.when, answers):
        return None
    fitting = tuple(group.id for group in derived.groups if holds(group.when, answers))
    if not fitting:
        return None
    return fitting if derived.several else fitting[0]
