"""The addresses of proofs: a company's own, those of its helpers, and what anybody may open."""

from django.urls import path

from tojimari.portal.proofs import link_pages, pages, review_pages
from tojimari.portal.routes import COMPANY, ORGANISATION

app_name = "proofs"

urlpatterns = [
    path(f"{COMPANY}/proofs/", pages.proofs, name="proofs"),
    path(f"{COMPANY}/proofs/new/<slug:framework_id>/", pages.new_proof, name="new_proof"),
    path(f"{COMPANY}/proofs/<uuid:proof_id>/", pages.proof, name="proof"),
    path(f"{COMPANY}/proofs/<uuid:proof_id>/renew/", pages.renew_proof, name="renew_proof"),
    path(
        f"{COMPANY}/proofs/<uuid:proof_id>/withdraw/", pages.withdraw_proof, name="withdraw_proof"
    ),
    path(
        f"{ORGANISATION}/{COMPANY}/review/<slug:framework_id>/", review_pages.review, name="review"
    ),
    path("proof/<str:secret>/", link_pages.shown_proof, name="shown_proof"),
    path("proof/<str:secret>/file.<str:file_form>", link_pages.proof_file, name="proof_file"),
    path("revoked-statements/", link_pages.revoked, name="revoked"),
    path(".well-known/tojimari-statements.json", link_pages.keys, name="statement_keys"),
]
