"""Django's handle on this app."""

from django.apps import AppConfig


class PapersConfig(AppConfig):
    """Registers the app under its short name."""

    name = "tojimari.portal.papers"
    label = "papers"

    def ready(self) -> None:
        """Lead the steps that a paper does to its page; take files that come back in memory."""
        from tojimari.portal.companies.doing import OwnPage, has_page, put_in_place_at
        from tojimari.portal.core.uploads import take_in_memory
        from tojimari.portal.words import catalog

        for kind in catalog().papers.values():
            for control in kind.shows:
                if not has_page(control):
                    put_in_place_at(control, OwnPage("papers:paper", "papers.make_it", (kind.id,)))
        take_in_memory("papers:paper_upload", "papers:granted_paper_upload")
