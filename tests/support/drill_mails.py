"""What mails of drills bear, for tests in which Django is not set up."""

import re

DOMAIN = "himitsu-shoten.example"
CONTACT = "help@tojimari.example"
HEADER = "X-Tojimari-Drill"


def path_in(text: str) -> str:
    """Return the path of the link in a drill's mail."""
    return re.search(r"/d/[a-z2-7]{32}/", text)[0]
