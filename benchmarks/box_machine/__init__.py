"""A gateway box as a whole machine: Debian 13 in QEMU, started, cut off, filled up (see __main__)."""
