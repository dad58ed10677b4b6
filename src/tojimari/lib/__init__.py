"""Tools without opinion: files, folders, cells of spreadsheets, printable text, ends of lines.

Every room may import them; they import nothing of ours and say nothing to the user. What goes wrong
is raised as Python raises it (OSError, ValueError); the room that called puts it into a sentence.
"""
