"""What to do when something has happened: first steps and whom to call. Data; judges nothing."""

from tojimari.respond.first_steps import Contact, Emergency, Guide, load_guide

__all__ = ["Contact", "Emergency", "Guide", "load_guide"]
