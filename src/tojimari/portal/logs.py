"""Log lines as JSON: what happened and where, never a name, an address, an answer or a token."""

import json
import logging
from datetime import UTC, datetime
from typing import ClassVar


class JsonLines(logging.Formatter):
    """One JSON object a line with a fixed set of keys.

    Messages of our own carry ids only. Django's own request lines hold the path, which has ids
    and sometimes a one-time code; everything after /phone/, /join/, /start/ or /unsubscribe/ is
    left out.
    """

    FIELDS: ClassVar = (
        "company",
        "device",
        "organisation",
        "reason",
        "request_id",
        "status",
        "milliseconds",
        "route",
        "method",
        "task",
        "count",
        "why",
    )

    def format(self, record: logging.LogRecord) -> str:
        """Return the line."""
        line: dict[str, object] = {
            "at": datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds"),
            "level": record.levelname.lower(),
            "logger": record.name,
            "event": self._event(record),
        }
        line.update({name: getattr(record, name) for name in self.FIELDS if hasattr(record, name)})
        if record.exc_info and record.exc_info[0] is not None:
            # The text of an exception may quote what a user typed: only its kind and place.
            trace = record.exc_info[2]
            while trace is not None and trace.tb_next is not None:
                trace = trace.tb_next
            line["error"] = record.exc_info[0].__name__
            if trace is not None:
                code = trace.tb_frame.f_code
                line["where"] = f"{code.co_filename}:{trace.tb_lineno}"
        return json.dumps(line, ensure_ascii=False, default=str)

    @staticmethod
    def _event(record: logging.LogRecord) -> str:
        if record.name.startswith("django"):
            # Django writes the path, the host or the address into its messages: keep the template.
            return str(record.msg).split("%", 1)[0].strip(" :\"'") or record.name
        if record.name.partition(".")[0] != "tojimari":
            # Of other libraries nothing that was filled in, by arguments or before: aiosmtpd logs
            # senders and recipients, which here are secret addresses.
            return f"{record.name}: {record.module}:{record.lineno}"
        return record.getMessage()
