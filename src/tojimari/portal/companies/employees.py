"""The people of a company who have no account: named by the owner, for lessons and exercises."""

import uuid

from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.views.decorators.http import require_http_methods, require_POST

from tojimari.portal.companies.forms import EmployeeForm
from tojimari.portal.companies.models import Company
from tojimari.portal.core.access import company_view
from tojimari.portal.core.audit import note_by
from tojimari.portal.core.models import Employee
from tojimari.portal.core.rights import COMPANY_MANAGE
from tojimari.portal.errors import refused
from tojimari.portal.words import say

EMPLOYEES_AT_MOST = 2000


@company_view(COMPANY_MANAGE)
@require_http_methods(["GET", "HEAD", "POST"])
def employees(request: HttpRequest, company: Company) -> HttpResponse:
    """List who works here and who left; add somebody."""
    own, given, problem = Employee.objects.of(company), {}, ""
    if request.method == "POST":
        form = EmployeeForm(request.POST)
        if own.filter(left_at=None).count() >= EMPLOYEES_AT_MOST:
            words = say("employees.too_many", n=EMPLOYEES_AT_MOST)
            return refused(request, words, back=request.path)
        if form.is_valid():
            own.create(company=company, **form.cleaned_data)
            note_by(request, "employee.added", company)
            return redirect("companies:employees", company.pk)
        given, problem = form.data, form.sentence()
    context = {
        "company": company,
        "employees": own.filter(left_at=None).order_by("name", "made_at"),
        "former": own.exclude(left_at=None).order_by("-left_at"),
        "given": given,
        "problem": problem,
    }
    return render(request, "employees.html", context, status=400 if problem else 200)


@company_view(COMPANY_MANAGE)
@require_POST
def remove(request: HttpRequest, company: Company, employee_id: uuid.UUID) -> HttpResponse:
    """Note that somebody left; whoever left already is deleted."""
    own = Employee.objects.of(company).filter(pk=employee_id)
    found = get_object_or_404(own)
    if found.left_at is None:
        own.update(left_at=timezone.now())
        note_by(request, "employee.left", company)
    else:
        own.delete()
        note_by(request, "employee.removed", company)
    return redirect("companies:employees", company.pk)
