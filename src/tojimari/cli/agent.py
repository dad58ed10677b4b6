"""``tojimari agent``: enrol this computer, run, install, uninstall, status, leave."""

import argparse

from tojimari.cli.parts import need_parts
from tojimari.cli.printing import print_line
from tojimari.model import Lang


def run(arguments: argparse.Namespace, lang: Lang) -> int:
    """Do one of the agent's verbs."""
    need_parts("agent", "cryptography", "jwt")
    from tojimari.cli import agent_tasks

    verbs = {
        "enroll": _enroll,
        "run": _run,
        "install": _install,
        "uninstall": _uninstall,
        "status": _status,
        "leave": _leave,
        **dict.fromkeys(("allow", "refuse", "release", "tasks", "log", "act"), agent_tasks.run),
    }
    return verbs[arguments.what](arguments, lang)


def _enroll(arguments: argparse.Namespace, lang: Lang) -> int:
    from tojimari.agent.home import Home
    from tojimari.agent.joining import join

    made = join(Home(), arguments.server, arguments.code, arguments.name)
    print_line(
        f"{made.company} に「{made.name}」として登録しました。続けて `tojimari agent install` を実行すると、"
        "毎日自動で様子を送ります。今すぐ送るには `tojimari agent run --once` です。"
        if lang == "ja"
        else f'Enrolled with {made.company} as "{made.name}". Run `tojimari agent install` to send '
        "every day by itself, or `tojimari agent run --once` to send now."
    )
    return 0


def _run(arguments: argparse.Namespace, lang: Lang) -> int:
    from tojimari.agent.home import Home
    from tojimari.agent.loop import Agent

    agent = Agent(Home())
    if not arguments.once:
        agent.run()
    agent.turn(look_now=True)
    problem = agent.schedule.last_problem
    if problem:
        left = len(agent.queue)
        print_line(problem[lang])
        print_line(
            f"送れなかった記録が{left}件、待っています。"
            if lang == "ja"
            else f"{left} reports wait to be sent."
        )
        return 1
    print_line("見て、送りました。" if lang == "ja" else "Looked and sent.")
    return 0


def _install(arguments: argparse.Namespace, lang: Lang) -> int:
    from tojimari.agent import startup
    from tojimari.agent.home import Home
    from tojimari.collect.look import current_system

    home, system = Home(), arguments.system or current_system()
    made = startup.unit(system, home.folder)
    if arguments.show:
        print_line(f"# {made.path}\n{made.text}\n# {made.command}")
        return 0
    home.identity()
    if system == "windows":
        return _installed_at_once(startup.install(home.folder), lang)
    startup.write(made)
    print_line(
        f"{made.path} を書きました。次の命令で動き始めます:\n  {made.command}"
        if lang == "ja"
        else f"Wrote {made.path}. This command starts it:\n  {made.command}"
    )
    return 0


def _installed_at_once(runs: bool, lang: Lang) -> int:
    if runs:
        print_line(
            "自動で動くようにしました。もう動いています。"
            if lang == "ja"
            else "It runs by itself from now on, and runs already."
        )
    else:
        print_line(
            "自動で動くようにしました。次にサインインしたときから動きます。"
            if lang == "ja"
            else "It runs by itself from the next sign-in on."
        )
    return 0


def _uninstall(arguments: argparse.Namespace, lang: Lang) -> int:
    from tojimari.agent import startup
    from tojimari.agent.home import Home
    from tojimari.collect.look import current_system

    home, system = Home(), current_system()
    if system == "windows":
        there = startup.uninstall(home.folder)
    else:
        made = startup.unit(system, home.folder)
        there = made.path.is_file()
        if there:
            print_line(
                f"次の命令で止まり、自動で動かなくなります:\n  {made.removal}"
                if lang == "ja"
                else f"This command ends it and keeps it from starting:\n  {made.removal}"
            )
            return 0
    if there:
        print_line(
            "止めました。もう自動では動きません。"
            if lang == "ja"
            else "Ended. It does not run by itself any more."
        )
    else:
        print_line(
            "自動で動く設定は、もともとありません。"
            if lang == "ja"
            else "It was not set to run by itself."
        )
    return 0


def _status(arguments: argparse.Namespace, lang: Lang) -> int:
    from tojimari.agent.home import Home
    from tojimari.agent.queue import Queue

    home = Home()
    identity, schedule = home.identity(), home.schedule()
    last = f"{schedule.last_sent.astimezone():%Y-%m-%d %H:%M}" if schedule.last_sent else "－"
    following = f"{schedule.next_look.astimezone():%Y-%m-%d %H:%M}" if schedule.next_look else "－"
    rows = (
        [
            f"会社: {identity.company} ({identity.server})",
            f"呼び名: {identity.name}",
            f"最後に送った: {last}　次に見る: {following}　待っている: {len(Queue(home))}件",
        ]
        if lang == "ja"
        else [
            f"Company: {identity.company} ({identity.server})",
            f"Name: {identity.name}",
            f"Last sent: {last}; next look: {following}; waiting: {len(Queue(home))}",
        ]
    )
    for row in rows:
        print_line(row)
    if schedule.last_problem:
        print_line(schedule.last_problem[lang])
        return 1
    return 0


def _leave(arguments: argparse.Namespace, lang: Lang) -> int:
    from tojimari.agent import startup
    from tojimari.agent.home import Home
    from tojimari.cli import agent_tasks

    home = Home()
    startup.uninstall(home.folder)
    home.forget()
    if agent_tasks.actor_stays():
        print_line(
            "離れた所からの作業の仕組みが残っています。`sudo tojimari agent refuse --all` で取り除けます。"
            if lang == "ja"
            else "What does work from afar is still here: `sudo tojimari agent refuse --all`."
        )
    print_line(
        "登録の鍵と待っていた記録を消しました。会社のページからも、この機器を外してください。"
        if lang == "ja"
        else "Key and waiting reports are deleted. Remove the device on the portal as well."
    )
    return 0
