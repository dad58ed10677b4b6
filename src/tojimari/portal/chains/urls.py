"""The addresses of supply chains."""

from django.urls import path

from tojimari.portal.chains import buyer_pages, company_pages
from tojimari.portal.routes import COMPANY, ORGANISATION

app_name = "chains"

urlpatterns = [
    path(f"{COMPANY}/chain/", company_pages.own_chain, name="own_chain"),
    path(f"{COMPANY}/chain/add/", company_pages.add_supplier, name="add_supplier"),
    path(f"{COMPANY}/chain/member/", company_pages.chain_member, name="chain_member"),
    path(
        f"{COMPANY}/chain/<int:supply_id>/remove/",
        company_pages.remove_supplier,
        name="remove_supplier",
    ),
    path(f"{COMPANY}/chain/<int:supply_id>/disclose/", company_pages.disclose, name="disclose"),
    path(f"{ORGANISATION}/chain/", buyer_pages.chain, name="chain"),
    path(
        f"{ORGANISATION}/chain/<uuid:supplier_id>/purchase/",
        buyer_pages.say_purchase,
        name="say_purchase",
    ),
]
