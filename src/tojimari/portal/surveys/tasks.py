"""Mail to those who are asked, and reports made in the background."""

import io
import logging
import tempfile
import zipfile
from pathlib import Path

from django.core.mail import get_connection
from django_tasks import task

from tojimari.model import Lang, TojimariError
from tojimari.portal.core.mail import not_taken, send
from tojimari.portal.links import whole_address
from tojimari.portal.surveys.models import Survey, SurveyInvitation, SurveyReport, hashed
from tojimari.portal.surveys.own_result import is_promised
from tojimari.portal.words import say
from tojimari.survey.installed import EnginesMissing
from tojimari.survey.rows import row_of

log = logging.getLogger("tojimari.surveys")

FAILED = {
    "ja": "報告書を作れませんでした。運営者に、この日時を添えてお知らせください。回答は残っています。",
    "en": "The report could not be made. Tell whoever runs this portal, with this time. No answer is lost.",
}


def send_invitations(survey: Survey, addresses: list[str], lang: Lang) -> list[str]:
    """Mail everybody a link of their own; returns the addresses whose mail was not taken.

    Stops when the mail server is in trouble; links nobody got are withdrawn, and nobody's address
    is kept.
    """
    made = SurveyInvitation.make(survey, len(addresses))
    left = dict(zip(addresses, made, strict=True))
    reward = say("survey.reward", lang) if is_promised(survey.content()) else ""
    try:
        with get_connection() as connection:
            for address, secret in zip(addresses, made, strict=True):
                body = say(
                    "mail.survey",
                    lang,
                    by=survey.organisation.name,
                    title=survey.title,
                    link=whole_address("surveys:respond", secret),
                    reward=reward,
                )
                subject = say("mail.survey_subject", lang, title=survey.title)
                if send(subject, body, address, connection=connection):
                    del left[address]
    except OSError:
        not_taken("survey")
    unsent = [hashed("invitation", secret) for secret in left.values()]
    SurveyInvitation.objects.filter(hash__in=unsent).delete()
    return list(left)


@task()
def report(report_id: int) -> None:
    """Make one report; what goes wrong is kept with it."""
    made = SurveyReport.objects.select_related("survey").filter(pk=report_id).first()
    if made is None:
        return
    try:
        made.file, made.responses = _zip(made)
    except ImportError as error:
        missing = EnginesMissing(error.name or "")
        made.problem = {"ja": missing.say("ja"), "en": missing.say("en")}
    except TojimariError as error:
        made.problem = {"ja": error.say("ja"), "en": error.say("en")}
    except Exception:
        # Whatever it was, the page must not say "being made" for ever.
        log.exception("a report was not made", extra={"reason": "survey"})
        made.problem = FAILED
    made.save(update_fields=["file", "responses", "problem"])


def published_before(made: SurveyReport, responses: int) -> list[list[str]]:
    """Return the breaks of the earlier reports of the same answers, the oldest first.

    Whoever holds two of them can compare, so what is suppressed has to fit all.
    """
    earlier = SurveyReport.objects.filter(
        survey=made.survey, responses=responses, file__isnull=False, pk__lt=made.pk
    )
    return [list(by) for by in earlier.order_by("pk").values_list("by", flat=True)]


def _zip(made: SurveyReport) -> tuple[bytes, int]:
    from tojimari.survey.parquet import rows_as_table, write_responses
    from tojimari.survey.raking import rake
    from tojimari.survey.report import report_files
    from tojimari.survey.tabulation import Rules, tabulate

    content = made.survey.content()
    lang: Lang = "en" if made.lang == "en" else "ja"
    rows = [row_of(content, str(r.pk), r.given()) for r in made.survey.completed()]
    if not rows:
        raise TojimariError("まだ回答がありません。", "There are no answers yet.")
    least = Rules().at_least
    if len(rows) < least:
        # Everybody's answer would be what is kept back: the zeros around it would give it away.
        raise TojimariError(
            f"回答が{least}件に満たないと、誰の答えか分かってしまうため、報告書は作りません。",
            f"With fewer than {least} answers a report would show whose they are; none is made.",
        )
    with tempfile.TemporaryDirectory() as folder:
        data = Path(folder) / "responses.parquet"
        write_responses(data, content, [rows_as_table(content, rows)], "responses")
        if made.margins:
            weighted = Path(folder) / "weighted.parquet"
            rake(data, content, made.margins, weighted)
            data = weighted
        tabulation = tabulate(
            data, content, by=made.by, published=published_before(made, len(rows))
        )
    files = report_files(content, tabulation, lang)
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, data_ in files.items():
            archive.writestr(name, data_)
    return out.getvalue(), len(rows)
