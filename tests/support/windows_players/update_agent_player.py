"""A COM server that answers as the Windows Update Agent did on a recorded machine.

Runs inside a Windows Python. Three classes are registered under the agent's own names; what they
answer stands in the file that UPDATE_AGENT_RECORDING names. Only what was recorded is there: any
other method fails, as does a search that would leave the computer.
"""

import json
import os
import sys
from datetime import datetime
from pathlib import Path

from win32com.server import register, util
from win32com.server.exception import COMException

WU_E_NO_SERVICE = -2145124351  # 0x80240001
SERVERS = {
    "Microsoft.Update.Session": ("{4CB43D7F-7EEE-4906-8698-60DA1C38F2FE}", "Session"),
    "Microsoft.Update.AutoUpdate": ("{BFE18E9C-6D87-4450-B37C-E02F0B373803}", "AutoUpdate"),
    "Microsoft.Update.SystemInfo": ("{C01B9BA0-BEA7-41BA-B604-D0A36F469133}", "SystemInfo"),
}


def recorded():
    held = json.loads(Path(os.environ["UPDATE_AGENT_RECORDING"]).read_text("utf-8"))["update_agent"]
    if "refused" in held:
        number = int(held["refused"], 16)
        raise COMException("refused", scode=number - (1 << 32))
    return held


def date(text):
    return datetime.fromisoformat(text) if text else None


class Thing:
    """An object with the given properties and nothing else."""

    _public_methods_: list[str] = []

    def __init__(self, **properties):
        self._public_attrs_ = self._readonly_attrs_ = list(properties)
        self.__dict__.update(properties)


class Collection:
    _public_methods_ = ["Item"]
    _public_attrs_ = _readonly_attrs_ = ["Count"]

    def __init__(self, things):
        self._things = things
        self.Count = len(things)

    def Item(self, index):
        return self._things[index]


def collection(things):
    return util.wrap(Collection(things))


def categories(guids):
    return collection([util.wrap(Thing(CategoryID=guid, Name="x")) for guid in guids])


class Session:
    _public_methods_ = ["CreateUpdateSearcher"]

    def CreateUpdateSearcher(self):
        return util.wrap(Searcher())


class Searcher:
    _public_methods_ = ["Search", "GetTotalHistoryCount", "QueryHistory"]
    _public_attrs_ = ["Online"]

    def __init__(self):
        self.Online = True
        self._held = recorded()

    def Search(self, criteria):
        if self.Online or criteria != "IsInstalled=0":
            raise COMException("not recorded", scode=WU_E_NO_SERVICE)
        updates = [
            util.wrap(
                Thing(
                    Title=one["title"],
                    KBArticleIDs=collection(one["kb"]),
                    Type=one["type"],
                    IsHidden=one["hidden"],
                    BrowseOnly=one["browse_only"],
                    MsrcSeverity=one["severity"],
                    Categories=categories(one["categories"]),
                    LastDeploymentChangeTime=date(one["deployed_at"]),
                )
            )
            for one in self._held["updates"]
        ]
        return util.wrap(Thing(Updates=collection(updates), ResultCode=self._held["search_result"]))

    def GetTotalHistoryCount(self):
        return len(self._held["history"] or [])

    def QueryHistory(self, start, count):
        return collection(
            [
                util.wrap(
                    Thing(
                        Date=date(one["at"]),
                        Operation=one["operation"],
                        ResultCode=one["result"],
                        Categories=categories(one["categories"]),
                    )
                )
                for one in self._held["history"][start : start + count]
            ]
        )


class AutoUpdate:
    _public_methods_: list[str] = []
    _public_attrs_ = _readonly_attrs_ = ["Results"]

    @property
    def Results(self):
        held = recorded()
        return util.wrap(
            Thing(
                LastSearchSuccessDate=date(held["last_search_success"]),
                LastInstallationSuccessDate=date(held["last_installation_success"]),
            )
        )


class SystemInfo:
    _public_methods_: list[str] = []
    _public_attrs_ = _readonly_attrs_ = ["RebootRequired"]

    @property
    def RebootRequired(self):
        return recorded()["reboot_required"]


if __name__ == "__main__":
    folder = str(Path(__file__).parent)
    for program_id, (class_id, name) in SERVERS.items():
        register.RegisterServer(
            class_id,
            f"{Path(__file__).stem}.{name}",
            program_id,
            program_id,
            threadingModel="both",
            addnPath=folder,
            addPyComCat=False,
        )
    sys.stdout.write("registered\n")
