"""What watches: what the engines of a company wrote, who is told of it, and what it is shown as."""
