"""The two programs that a person starts: one that shows no console, and the command.

A small program of our own, compiled by mingw-w64: it can bear our icon and starts the interpreter
beside it, whatever the folder is called (docs/decisions/0025).
"""

from pathlib import Path

from PIL import Image, ImageDraw

from distribution.windows.programs import run

SOURCE = Path(__file__).with_name("launcher.c")
WINDOWED = "戸締まり.exe"
COMMAND = "tojimari.exe"
PROGRAMS = (WINDOWED, COMMAND)
ICON = "icon.ico"
SIZES = (16, 20, 24, 32, 40, 48, 64, 128, 256)

RESOURCES = """
#pragma code_page(65001)
1 ICON "{icon}"
1 24 "program.manifest"
1 VERSIONINFO
FILEVERSION {numbers}
PRODUCTVERSION {numbers}
BEGIN
  BLOCK "StringFileInfo"
  BEGIN
    BLOCK "041104B0"
    BEGIN
      VALUE "FileDescription", "{description}"
      VALUE "ProductName", "戸締まり Tojimari"
      VALUE "ProductVersion", "{version}"
      VALUE "FileVersion", "{version}"
      VALUE "OriginalFilename", "{name}"
    END
  END
  BLOCK "VarFileInfo"
  BEGIN
    VALUE "Translation", 0x0411, 1200
  END
END
"""

MANIFEST = """<?xml version="1.0" encoding="UTF-8" standalone="yes"?>
<assembly xmlns="urn:schemas-microsoft-com:asm.v1" manifestVersion="1.0">
  <trustInfo xmlns="urn:schemas-microsoft-com:asm.v3"><security><requestedPrivileges>
    <requestedExecutionLevel level="asInvoker" uiAccess="false"/>
  </requestedPrivileges></security></trustInfo>
  <application xmlns="urn:schemas-microsoft-com:asm.v3"><windowsSettings>
    <longPathAware xmlns="http://schemas.microsoft.com/SMI/2016/WindowsSettings">true</longPathAware>
    <dpiAware xmlns="http://schemas.microsoft.com/SMI/2005/WindowsSettings">true</dpiAware>
  </windowsSettings></application>
</assembly>
"""


def icon(path: Path) -> None:
    """Draw our mark (the portal's icon.svg: a house with its door) in the sizes that Windows shows."""
    scale = 64
    image = Image.new("RGBA", (24 * scale, 24 * scale), (0, 0, 0, 0))
    draw = ImageDraw.Draw(image)
    draw.rounded_rectangle((0, 0, 24 * scale - 1, 24 * scale - 1), 5 * scale, fill="white")
    lines = (
        [(3, 11), (12, 3), (21, 11)],
        [(5, 10), (5, 20), (19, 20), (19, 10)],
        [(10, 20), (10, 15), (14, 15), (14, 20)],
    )
    for line in lines:
        points = [(x * scale, y * scale) for x, y in line]
        draw.line(points, fill="#0017c1", width=2 * scale, joint="curve")
        for x, y in (points[0], points[-1]):
            draw.ellipse((x - scale, y - scale, x + scale, y + scale), fill="#0017c1")
    image.save(path, sizes=[(size, size) for size in SIZES])


def build(folder: Path, scratch: Path, version: str) -> None:
    """Compile both programs into ``folder``, and draw their ``ICON`` in ``scratch``. Raises NotBuilt."""
    icon(scratch / ICON)
    (scratch / "program.manifest").write_text(MANIFEST, "utf-8")
    numbers = ",".join([*version.split(".")[:3], "0"])
    for name, flags, description in (
        (WINDOWED, ["-municode", "-mwindows", "-DWINDOWED"], "戸締まり"),
        (COMMAND, ["-municode", "-mconsole"], "戸締まり (command)"),
    ):
        texts = RESOURCES.format(
            icon=ICON, numbers=numbers, version=version, name=name, description=description
        )
        (scratch / "program.rc").write_text(texts, "utf-8")
        run(
            ["x86_64-w64-mingw32-windres", "program.rc", "-O", "coff", "-o", "resources.o"],
            cwd=scratch,
        )
        compiler = ["x86_64-w64-mingw32-gcc", "-O2", "-Wall", "-Wextra", "-Werror", "-s", *flags]
        # Without the time of the build in it, the same source makes the same program.
        options = ["-Wl,--no-insert-timestamp", "-static", "-o", "program.exe"]
        run([*compiler, SOURCE, "resources.o", *options], cwd=scratch)
        (folder / name).write_bytes((scratch / "program.exe").read_bytes())
