"""Supply chains: suppliers name their own suppliers, buyers see what that means for them."""
