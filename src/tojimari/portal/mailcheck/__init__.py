"""Is this mail dangerous? Open to everybody; what a company asked about makes its next verdict better."""
