"""Django's handle on this app."""

from typing import Any

from django.apps import AppConfig
from django.db.models.signals import pre_delete


class ExpertsConfig(AppConfig):
    """Registers the app under its short name."""

    name = "tojimari.portal.experts"
    label = "experts"

    def ready(self) -> None:
        """Declare an expert's pages among the places a person goes to, and what follows their end."""
        from tojimari.portal.companies.rooms import rooms_come_from
        from tojimari.portal.experts.profiles import rooms_of_expert

        rooms_come_from(rooms_of_expert)
        # Whichever way a profile goes, with its person too: what was promised is arranged anew.
        pre_delete.connect(_goes, sender=self.get_model("Expert"), dispatch_uid="expert_goes")


def _goes(instance: Any, origin: Any = None, **_: Any) -> None:
    from tojimari.portal.experts.visits import expert_goes

    # With the whole organisation its visits go too: there is nothing left to arrange.
    if getattr(origin, "model", type(origin)) is not instance.organisation._meta.model:
        expert_goes(instance)
