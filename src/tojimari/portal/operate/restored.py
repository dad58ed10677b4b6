"""What must not come back to life with an older backup: what was withdrawn or ended after it."""

from django.utils import timezone

from tojimari.portal.core.holds import hold_everything
from tojimari.portal.people.models import ApiToken
from tojimari.portal.supporters.models import Invitation
from tojimari.portal.updates.put_back import stop_what_was_agreed

_WHY = "an older backup was restored"


def hold_back() -> int:
    """Hold back what companies show to others; end what opens doors. Returns how much is held back.

    Tokens for programs and open invitations end, as sessions do. What was agreed to for updates is
    stopped, and a yes beforehand ends: it is given anew only by signing in anew.
    """
    now = timezone.now()
    held = hold_everything()
    ApiToken.objects.filter(expires_at__gt=now).update(expires_at=now)
    Invitation.objects.across(_WHY).filter(used_at=None, expires_at__gt=now).update(expires_at=now)
    stop_what_was_agreed()
    return held
