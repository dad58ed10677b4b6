"""Why a target was not asked, beside the reasons that collectors on devices have as well."""

from tojimari.collect.host import Denied


class NotPermitted(Denied):
    """Not asked, or not followed: no public address, robots.txt, or not the owner's own."""
