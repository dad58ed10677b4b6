"""What the doctor looks at for other computers."""

from collections.abc import Iterator

from django.conf import settings
from django.core.checks import register

from tojimari.portal.devices.installer import FILE_NAME, installer
from tojimari.portal.signs import DOCTOR, SignMessage, says


@register(DOCTOR, deploy=True)
def windows_installer(**_: object) -> Iterator[SignMessage]:
    """Say whether computers with Windows can be added without typing commands."""
    if settings.LOCAL and not settings.INSTALLERS:
        return
    if installer() is not None:
        yield says(
            "installer",
            "good",
            ja=f"Windows用のインストーラー ({FILE_NAME}) を配れます。",
            en=f"The installer for Windows ({FILE_NAME}) is handed out.",
        )
    elif settings.INSTALLERS:
        yield says(
            "installer",
            "warn",
            ja=f"{settings.INSTALLERS} に {FILE_NAME} がないので、Windowsのパソコンは命令を打って加えることになります。"
            "`make windows` で作って置いてください。",
            en=f"{settings.INSTALLERS} holds no {FILE_NAME}: computers with Windows are added by commands. "
            "Make it with `make windows` and put it there.",
        )
    else:
        yield says(
            "installer",
            "warn",
            ja="Windows用のインストーラーを配っていません。`make windows` で作り、置いたフォルダーを TOJIMARI_INSTALLERS に"
            "指定すると、Windowsのパソコンを押すだけで加えられます。",
            en="No installer for Windows is handed out. Make it with `make windows` and name its folder in "
            "TOJIMARI_INSTALLERS: then computers with Windows are added by a press.",
        )
