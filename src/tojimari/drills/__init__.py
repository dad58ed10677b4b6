"""Mail drills: who gets which mail when, what counts as what a person did, and what may be said of it.

Pure: nothing is sent, received or kept here. The mails themselves are catalog data
(``catalog.drill_template``).
"""
