"""Found when Django starts: dealing again with what waits."""

from tojimari.portal.mailin import intake as intake
