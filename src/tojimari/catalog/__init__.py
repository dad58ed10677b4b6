"""The knowledge as data: controls, questions, threats, frameworks, peers, fact kinds, words."""

from tojimari.catalog.load import (
    Catalog,
    UnknownId,
    compile_catalog,
    lint,
    load_catalog,
    load_for_words,
)
from tojimari.catalog.problems import CatalogError, Problem
from tojimari.catalog.schema import Control, FactKind, Framework, Question, Survey, Threat

__all__ = [
    "Catalog",
    "CatalogError",
    "Control",
    "FactKind",
    "Framework",
    "Problem",
    "Question",
    "Survey",
    "Threat",
    "UnknownId",
    "compile_catalog",
    "lint",
    "load_catalog",
    "load_for_words",
]
