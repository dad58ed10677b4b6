"""Of which mail nobody is told who wrote: below the models, which leave it out of what is taken along."""

_DISCREET: list[str] = []


def keep_discreet(purpose: str) -> None:
    """Declare that of a purpose's mail nobody is told who wrote."""
    _DISCREET.append(purpose)


def discreet_purposes() -> list[str]:
    """Return the purposes of which nobody is told who wrote."""
    return list(_DISCREET)
