"""What speaks for or against a message: named signals, each with fixed points and its evidence."""
