"""What this computer remembers: one SQLite file with observations and past assessments."""

from tojimari.store.file import ClockSetBack, Store, StoreError, default_path, open_store

__all__ = ["ClockSetBack", "Store", "StoreError", "default_path", "open_store"]
