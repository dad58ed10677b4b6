"""The addresses of lenders."""

from django.urls import path

from tojimari.portal.lenders import company_pages, lender_pages
from tojimari.portal.routes import COMPANY, ORGANISATION

app_name = "lenders"

LOANS = f"{ORGANISATION}/loans"

urlpatterns = [
    path(f"{COMPANY}/loans/", company_pages.own_loans, name="own_loans"),
    path(
        f"{COMPANY}/loans/<uuid:lender_id>/letter.pdf",
        company_pages.loan_letter,
        name="loan_letter",
    ),
    path(f"{LOANS}/", lender_pages.portfolio, name="portfolio"),
    path(f"{LOANS}/take/", lender_pages.take_policy, name="take_policy"),
    path(f"{LOANS}/sample.yaml", lender_pages.sample_policy, name="sample_policy"),
    path(f"{LOANS}/fairness/", lender_pages.fairness, name="fairness"),
    path(f"{LOANS}/policy/<int:policy_id>/", lender_pages.policy, name="lender_policy"),
    path(
        f"{LOANS}/policy/<int:policy_id>/switch/", lender_pages.switch_policy, name="switch_policy"
    ),
    path(f"{LOANS}/<uuid:borrower_id>/", lender_pages.borrower, name="borrower"),
    path(f"{LOANS}/<uuid:borrower_id>/decide/", lender_pages.decide, name="decide"),
    path(
        f"{LOANS}/<uuid:borrower_id>/letter.pdf", lender_pages.lender_letter, name="lender_letter"
    ),
]
