"""Companies that answer every question."""

from tests.support.facts import AS_OF
from tojimari.ask.diagnosis import answer_observation, parse_answer
from tojimari.catalog import load_catalog
from tojimari.diagnose import Diagnosis, diagnose
from tojimari.model import Subject

CATALOG = load_catalog()


def everybody_says(word: str) -> Diagnosis:
    """Return the diagnosis of a company that answers every question with ``word``, where it can."""
    company = Subject("company", "c")
    known = []
    for question in CATALOG.questions.values():
        fits = word in {option.id for option in question.options}
        given = word if fits else "dont_know"
        answer = parse_answer(question, given)
        known.append(answer_observation(answer, company=company, at=AS_OF))
    return diagnose(known, company="c", catalog=CATALOG, as_of=AS_OF)
