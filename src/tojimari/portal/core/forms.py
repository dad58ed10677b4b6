"""What the ground's own pages take in."""

from tojimari.portal.forms import PortalForm, YesField


class DecideForm(PortalForm):
    """Whether something that was held back goes on."""

    goes_on = YesField()
