"""Mail drills: harmless mails that a company sends to its own people, to practise reporting them."""
