"""Where a person looks in the settings of a Mac: ids of the catalog's places."""

from tojimari.model import PLACE

DATE_AND_TIME = f"{PLACE}macos-date-time"
FULL_DISK_ACCESS = f"{PLACE}macos-privacy"
LOCK_SCREEN = f"{PLACE}macos-lock-screen"
SHARING = f"{PLACE}macos-sharing"
SOFTWARE_UPDATE = f"{PLACE}macos-software-update"
