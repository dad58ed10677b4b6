"""What a proof is about: a framework of the catalog, or the controls a buyer asked for."""

from tojimari.attest.own_list import own_framework
from tojimari.catalog import Framework
from tojimari.portal.proofs.models import Proof
from tojimari.portal.words import catalog


def framework_of(id_: str) -> Framework | None:
    """Return a framework of the catalog; None where it left the catalog."""
    return catalog().frameworks.get(id_)


def framework_of_proof(proof: Proof) -> Framework | None:
    """Return what ``proof`` is about; None where that left the catalog."""
    if proof.controls:
        return own_framework(proof.controls, catalog())
    return framework_of(proof.framework)
