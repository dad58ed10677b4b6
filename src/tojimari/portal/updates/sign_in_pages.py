"""The page on which somebody signs in anew before they say yes."""

from django.conf import settings
from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.http import url_has_allowed_host_and_scheme
from django.views.decorators.http import require_http_methods

from tojimari.portal.updates import fresh
from tojimari.portal.updates.forms import SignInForm
from tojimari.portal.words import say


def way_to_sign_in(back: str) -> str:
    """Return the address of the page, which leads ``back`` when it is done."""
    return reverse("updates:sign_in_anew", query={"next": back})


def _next(request: HttpRequest) -> str:
    wanted = request.GET.get("next", "")
    good = url_has_allowed_host_and_scheme(wanted, allowed_hosts=None)
    return wanted if good and wanted.startswith("/") else reverse("companies:home")


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def sign_in_anew(request: HttpRequest) -> HttpResponse:
    """Lead to the passkey or the app where there is one, else send a number and take it."""
    if settings.LOCAL:
        raise Http404
    back = _next(request)
    if request.method == "POST":
        return _post(request, back)
    if fresh.is_fresh(request):
        return redirect(back)
    return _page(request, back)


def _post(request: HttpRequest, back: str) -> HttpResponse:
    form = SignInForm(request.POST)
    if not form.is_valid():
        return _page(request, back, form.sentence())
    if form.cleaned_data["send"]:
        if fresh.send_code(request):
            return redirect(way_to_sign_in(back))
        return _page(request, back, say("fresh.not_sent"), code=429)
    if fresh.take_code(request, form.cleaned_data["code"]):
        return redirect(back)
    return _page(request, back, say("fresh.wrong"))


def _page(request: HttpRequest, back: str, problem: str = "", *, code: int = 400) -> HttpResponse:
    context = {
        "back_to": back,
        "authenticator": fresh.has_authenticator(request.user),
        "by_mail": fresh.may_be_mailed(request.user),
        "waited": fresh.code_is_waited_for(request),
        "address": request.user.email,
        "here": request.get_full_path(),
        "problem": problem,
    }
    return render(request, "sign_in_anew.html", context, status=code if problem else 200)
