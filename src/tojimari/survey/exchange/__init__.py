"""Questionnaires to and from other programs' formats: XLSForm and SurveyJS."""
