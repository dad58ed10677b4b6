"""``python -m tojimari``."""

import sys

from tojimari.cli import main

sys.exit(main())
