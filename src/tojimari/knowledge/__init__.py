"""What others know about software: how to recognise it, what is wrong with which version."""
