"""What a company is told about its drills."""

from django.urls import reverse

from tojimari.portal.core.models import Notice
from tojimari.portal.core.notices import notice
from tojimari.portal.drills.rights import DRILLS_MANAGE


def _drill(found: Notice) -> str:
    return reverse("drills:drill", args=[found.company_id, found.about])


DRILL_PROPOSED = notice("drill.proposed", to=DRILLS_MANAGE, page=_drill, mail="mail.drill_proposed")
"""A supporter proposed a drill. Values: organisation, title."""
DRILL_STOPPED = notice("drill.stopped", to=DRILLS_MANAGE, page=_drill, mail="mail.drill_stopped")
"""A drill was stopped, by somebody or because something spoke against it. Values: title."""
DRILL_OVER = notice("drill.over", to=DRILLS_MANAGE, page=_drill, mail="mail.drill_over")
"""A drill is over, and its results are there. Values: title."""
