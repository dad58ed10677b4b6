"""The rights over a company's devices."""

from tojimari.portal.core.permissions import right
from tojimari.portal.core.rights import OWNER, STAFF

DEVICES_READ = right("devices:read", roles=(OWNER, STAFF), granted="ticked", tick="sees_devices")
"""The list of devices with their state."""
DEVICES_WRITE = right("devices:write", roles=(OWNER, STAFF))
"""Let a device in."""
DEVICES_MANAGE = right("devices:manage", roles=(OWNER,))
"""Name and remove devices."""
DEVICES_ISOLATE = right("devices:isolate", roles=(OWNER,), granted="ticked", tick="may_isolate")
"""Cut a device off from all but the portal for a time, and let it in again: after a fresh sign-in."""
UPDATES_PROPOSE = right("updates:propose", granted="ticked", tick="may_update")
"""Propose updates of devices, and see what came of what one proposed. Never a yes."""
