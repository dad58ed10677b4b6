"""Surveys of many companies: questionnaire, responses, tables, figures, report."""
