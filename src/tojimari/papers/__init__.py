"""Papers made of what is known of a company: what they say, what they show, and how long they count.

Pure: files of them are made by ``report.papers``.
"""

from tojimari.papers.kept import in_force, kept_papers, made_observation
from tojimari.papers.known import Contact, Device, Known, Person
from tojimari.papers.paper import Kept
from tojimari.papers.writing import Written, WrittenClause, WrittenSection, write

__all__ = [
    "Contact",
    "Device",
    "Kept",
    "Known",
    "Person",
    "Written",
    "WrittenClause",
    "WrittenSection",
    "in_force",
    "kept_papers",
    "made_observation",
    "write",
]
