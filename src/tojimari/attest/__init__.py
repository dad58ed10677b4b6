"""What a company shows of itself to others: claims, signed statements, answers to who asks for proof."""
