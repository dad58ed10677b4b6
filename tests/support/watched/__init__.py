"""Made-up web sites for the watch, and edits of them by owners and by intruders."""
