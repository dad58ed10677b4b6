"""Asks: one engine for every questionnaire (flow, skip, resume, import)."""

from tojimari.ask.answers import BadAnswer
from tojimari.ask.answers_file import BadAnswersFile, read_answers
from tojimari.ask.diagnosis import answer_observation, parse_answer, waiting

__all__ = [
    "BadAnswer",
    "BadAnswersFile",
    "answer_observation",
    "parse_answer",
    "read_answers",
    "waiting",
]
