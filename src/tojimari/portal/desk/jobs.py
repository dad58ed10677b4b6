"""Found when Django starts: that this app takes mail, and sends what waits."""

from tojimari.portal.desk import incoming as incoming
from tojimari.portal.desk import letters as letters
