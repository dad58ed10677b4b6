"""``tojimari sensor``: how often strangers knock, beside the police agency's figures."""

import argparse
import json
import sys
from datetime import UTC, datetime, timedelta
from functools import partial
from pathlib import Path

from tojimari.catalog import Catalog, load_catalog
from tojimari.catalog.watch_rule import SensorYear
from tojimari.lib.files import write_whole
from tojimari.model import CannotWrite, Lang, TojimariError
from tojimari.report.paragraph import console_of_command, put
from tojimari.report.sensor import chart
from tojimari.store import default_path
from tojimari.watch.ledger import Ledger, day_of, ledger_path, open_ledger
from tojimari.watch.sensor import SensorCount, bars, counted

SCHEMA = "tojimari.sensor/1"
_PORTS_SHOWN = 12
MOST_DAYS = 400


def run(arguments: argparse.Namespace, lang: Lang) -> int:
    """Count and show; returns 0. What is asked of more than is kept is refused."""
    if not 1 <= arguments.days <= MOST_DAYS:
        raise TojimariError(
            f"--days は1から{MOST_DAYS}までです。", f"--days is between 1 and {MOST_DAYS}."
        )
    if arguments.addresses is not None and not 1 <= arguments.addresses <= 65_536:
        raise TojimariError(
            "--addresses は1から65536までです。", "--addresses is between 1 and 65536."
        )
    catalog = load_catalog()
    slots = {kind.id: kind.together for kind in catalog.watch.kinds.values()}
    with open_ledger(ledger_path(arguments.state or default_path()), slots) as ledger:
        count, capped = _count(ledger, catalog, arguments)
    if arguments.json:
        sys.stdout.write(_document(count, catalog, capped=capped) + "\n")
        return 0
    if count is None:
        put(console_of_command(), catalog.ui("sensor.none").say(lang), 0)
        return 0
    _show(count, catalog, lang, capped=capped)
    if arguments.svg is not None:
        _write(arguments.svg, count, catalog, lang)
    return 0


def _count(
    ledger: Ledger, catalog: Catalog, arguments: argparse.Namespace
) -> tuple[SensorCount | None, bool]:
    """Return the count, and whether on some day there was too much to keep apart."""
    today = day_of(datetime.now(UTC))
    since = today - timedelta(days=arguments.days)
    rows = ledger.ports(since)
    addresses = arguments.addresses or max(1, ledger.addresses(since))
    # Who began today has no whole day yet; then today so far is all there is.
    through = max((row.day for row in rows if row.day < today), default=today)
    through = today - timedelta(days=1) if through < today else today
    count = counted(rows, catalog.watch.ports.values(), addresses=addresses, through=through)
    capped = any(
        ledger.day(log, row).beyond for log in ledger.logs() for row in {one.day for one in rows}
    )
    return count, capped


def _year(year: SensorYear, catalog: Catalog, lang: Lang) -> str:
    key = "sensor.year" if year.until_month == 12 else "sensor.half"
    return catalog.ui(key).say(lang, year=year.year)


def _source(catalog: Catalog, lang: Lang) -> str:
    ids = {year.source for year in catalog.watch.sensor_years.values()}
    named = "; ".join(catalog.sources[id_].publisher.say(lang) for id_ in sorted(ids))
    return catalog.ui("sensor.source").say(lang, source=named)


def _show(count: SensorCount, catalog: Catalog, lang: Lang, *, capped: bool) -> None:
    out = partial(put, console_of_command())

    def say(key: str, **numbers: object) -> str:
        return catalog.ui(f"sensor.{key}").say(lang, **numbers)

    out(say("head", first=count.first, last=count.last, days=count.days), 0)
    rate = f"{count.per_day_and_address:,.1f}"
    out(say("rate", rate=rate, addresses=count.addresses, pairs=count.pairs), 2)
    out(say("packets", hits=count.hits), 2)
    if count.empty:
        out(say("empty", n=count.empty), 2)
    if capped:
        out(say("capped"), 2)
    for one in count.ports[:_PORTS_SHOWN]:
        if one.known is None:
            out(say("other", port=one.port, n=one.n), 4)
        else:
            plain, name = one.known.plain.say(lang), one.known.name
            out(say("port", port=one.port, name=name, n=one.n, plain=plain), 4)
    for year in catalog.watch.sensor_years.values():
        words = _year(year, catalog, lang)
        out(say("police", year=words, rate=f"{year.per_day_and_address:,.1f}"), 2)
    out(say("unit"), 2)
    out(_source(catalog, lang), 2)


def _write(path: Path, count: SensorCount, catalog: Catalog, lang: Lang) -> None:
    bar = catalog.ui("sensor.police_bar")
    years = [
        (bar.say(lang, year=_year(year, catalog, lang)), year)
        for year in catalog.watch.sensor_years.values()
    ]
    made = chart(
        bars(count, catalog.ui("sensor.ours").say(lang), years),
        title=catalog.ui("sensor.title").say(lang),
        unit=catalog.ui("sensor.unit").say(lang),
        n=catalog.ui("sensor.rate").say(
            lang,
            rate=f"{count.per_day_and_address:,.1f}",
            addresses=count.addresses,
            pairs=count.pairs,
        ),
        source=catalog.ui("sensor.source_short").say(lang),
    )
    try:
        write_whole(path, made.encode(), mode=0o644)
    except OSError as error:
        raise CannotWrite(path, error) from error


def _document(count: SensorCount | None, catalog: Catalog, *, capped: bool) -> str:
    document: dict[str, object] = {"schema": SCHEMA, "unit": "per day and IP address"}
    if count is not None:
        document |= {
            "first": count.first.isoformat(),
            "last": count.last.isoformat(),
            "days": count.days,
            "days_without": count.empty,
            "addresses": count.addresses,
            "n": count.pairs,
            "packets": count.hits,
            "at_least": capped,
            "rate": round(count.per_day_and_address, 2),
            "ports": [{"port": one.port, "n": one.n} for one in count.ports],
        }
    document["police"] = [
        {
            "year": year.year,
            "until_month": year.until_month,
            "rate": year.per_day_and_address,
            "source": year.source,
            "mark": year.mark,
        }
        for year in catalog.watch.sensor_years.values()
    ]
    return json.dumps(document, ensure_ascii=False)
