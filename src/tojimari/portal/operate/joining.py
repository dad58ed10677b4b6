"""The owner's computer joins somebody else's portal: from the installer's name, or by a code typed once.

On the owner's own computer only, and where the agent can be set to run by itself from here.
"""

from django.conf import settings
from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_http_methods

from tojimari.agent import invitation, startup, windows_task
from tojimari.agent.client import RefusedByPortal
from tojimari.agent.home import AgentError, Home
from tojimari.agent.joining import join
from tojimari.portal.operate.forms import JoinForm, JoinHereForm
from tojimari.portal.words import current_lang, say


def offered() -> bool:
    """Return whether this computer can join from its own page."""
    return settings.LOCAL and startup.available()


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def joining(request: HttpRequest) -> HttpResponse:
    """Ask once whether to join, join, say where this computer sends to, leave."""
    if not offered():
        raise Http404
    home = Home()
    if request.method != "POST":
        return _page(request, home)
    form = JoinHereForm(request.POST)
    if not form.is_valid():
        return _page(request, home, form.sentence())
    match form.cleaned_data["do"]:
        case "accept":
            return _accept(request, home, form.cleaned_data["server"])
        case "type":
            return _typed(request, home)
        case "start" if home.enrolled:
            return _started(request, home)
        case "leave":
            return _left(request, home)
        case "refuse":
            invitation.put_away(home.folder)
    return redirect("operate:join_here")


def _page(
    request: HttpRequest, home: Home, problem: str = "", *, server: str = "", code: str = ""
) -> HttpResponse:
    identity = None
    if home.enrolled:
        try:
            identity = home.identity()
        except AgentError:
            problem = say("joined.damaged")
    return render(
        request,
        "join_here.html",
        {
            "problem": problem,
            "enrolled": home.enrolled,
            "identity": identity,
            "automatic": (home.folder / windows_task.FILE).is_file(),
            "invited": invitation.pending(home.folder),
            "typed_server": server,
            "typed_code": code,
        },
        status=400 if problem and request.method == "POST" else 200,
    )


def _accept(request: HttpRequest, home: Home, asked: str) -> HttpResponse:
    invited = invitation.pending(home.folder)
    # What was asked is what is done: another installer may have run since the page was shown.
    if invited is None or invited.server != asked:
        return redirect("operate:join_here")
    return _joined(request, home, invited.server, invited.code)


def _typed(request: HttpRequest, home: Home) -> HttpResponse:
    form = JoinForm(request.POST)
    if not form.is_valid():
        server, code = (str(form.data.get(name, ""))[:300] for name in ("server", "code"))
        return _page(request, home, form.sentence(), server=server, code=code)
    return _joined(request, home, form.cleaned_data["server"], form.cleaned_data["code"])


def _joined(request: HttpRequest, home: Home, server: str, code: str) -> HttpResponse:
    if home.enrolled:
        return redirect("operate:join_here")
    try:
        join(home, server, code)
    except RefusedByPortal as error:
        # A code that was refused will be refused again: the next one is typed.
        invitation.put_away(home.folder)
        return _page(request, home, error.say(current_lang()), server=server)
    except AgentError:
        return _page(request, home, say("joined.offline", server=server), server=server, code=code)
    return _started(request, home)


def _started(request: HttpRequest, home: Home) -> HttpResponse:
    try:
        startup.install(home.folder)
    except AgentError as error:
        why = error.say(current_lang())
        return _page(request, home, say("joined.not_started", why=why))
    return redirect("operate:join_here")


def _left(request: HttpRequest, home: Home) -> HttpResponse:
    try:
        startup.uninstall(home.folder)
    except AgentError as error:
        return _page(request, home, error.say(current_lang()))
    home.forget()
    invitation.put_away(home.folder)  # one that came meanwhile was for a computer that had joined
    return redirect("operate:join_here")
