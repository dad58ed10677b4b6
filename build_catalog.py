"""Build hook: checks the catalog and puts its compiled form into the wheel."""

import sys
from pathlib import Path

from hatchling.builders.hooks.plugin.interface import BuildHookInterface


class CatalogHook(BuildHookInterface):
    """Compiles the catalog before the wheel is packed; an inconsistent catalog stops the build."""

    def initialize(self, version, build_data):
        """Compile into the source tree; hatch picks the file up as an artifact."""
        if version == "editable":  # the source tree is read directly, changes included
            return
        sys.path.insert(0, str(Path(self.root) / "src"))
        from tojimari.catalog.load import compile_catalog

        compile_catalog()
