"""The rights over what a company remembers of its mails."""

from tojimari.portal.core.permissions import right
from tojimari.portal.core.rights import OWNER, STAFF

MAIL_READ = right("mail:read", roles=(OWNER, STAFF))
"""See the company's verdicts and months, and the mails it keeps. Never granted to anybody else."""
MAIL_WRITE = right("mail:write", roles=(OWNER, STAFF))
"""Ask about a mail, answer, name contacts."""
MAIL_MANAGE = right("mail:manage", roles=(OWNER,))
"""Change the address to forward to."""
MAIL_FIGURES = right("mail:figures", granted="ticked", tick="sees_mail")
"""Counts of the company's verdicts by month and trick, and its part in a wave of mails."""
MAIL_HOSTS = right("mail:hosts", granted="ticked", tick="sees_mail_hosts")
"""Where its dangerous mails led, once that many other companies were led there."""
MAIL_WARNED = right("mail:warned", granted="ticked", tick="mail_warnings")
"""Warn the company of a wave of mails that others were sent."""
