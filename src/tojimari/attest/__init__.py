"""What a company shows to others of its assessment: pure rules, nothing of the portal."""
