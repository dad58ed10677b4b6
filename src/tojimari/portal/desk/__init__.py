"""The desk: questions of companies to those who help them, by page, mail and telephone."""
