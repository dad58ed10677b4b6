"""Small surveys on the portal, and the text of a page."""

import msgspec

from tests.survey.made import questionnaire
from tojimari.portal.surveys.models import Survey


def small(world, *questions, **more) -> Survey:
    """Return a survey of the world's chamber with these questions."""
    content = questionnaire(*questions, **more)
    return Survey.objects.create(
        organisation=world.chamber, title="小さな調査", questionnaire=msgspec.to_builtins(content)
    )


def page_of(response) -> str:
    """Return the text of an answer."""
    return response.content.decode()
