"""What is done again and again for lenders is declared where it stands."""

from tojimari.portal.lenders.portfolio import take_over_borrowers

__all__ = ["take_over_borrowers"]
