"""Does approved work on a device, as root: a separate, optional part beside the agent that looks.

It trusts nothing the looker hands it: every task is verified here against a pin that root made.
"""
