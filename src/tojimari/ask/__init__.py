"""Asks: one engine for every questionnaire (flow, skip, resume, import)."""

from tojimari.ask.flow import BadAnswer, answer_observation, parse_answer, waiting
from tojimari.ask.importing import BadAnswersFile, read_answers

__all__ = [
    "BadAnswer",
    "BadAnswersFile",
    "answer_observation",
    "parse_answer",
    "read_answers",
    "waiting",
]
