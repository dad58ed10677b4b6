"""Run by the package's own interpreter, in Wine: compile the sources of one zip into another.

``python.exe compiling.py SOURCES COMPILED``. As ``compileall`` does, with hashes that are not looked
at again (PEP 552); but it opens two files in all, because Wine takes longer to open a file than
Python to compile it.
"""

import importlib.util
import marshal
import sys
import zipfile
from pathlib import PurePosixPath

UNCHECKED_HASH = (0b01).to_bytes(4, "little")


def compiled(name: str, source: bytes) -> bytes:
    """Return what the interpreter loads in place of ``source``; its path will be ``name``."""
    code = compile(source, name.replace("/", "\\"), "exec", dont_inherit=True)
    digest = importlib.util.source_hash(source)
    return importlib.util.MAGIC_NUMBER + UNCHECKED_HASH + digest + marshal.dumps(code)


def main(sources: str, results: str) -> None:
    """Compile all that is in the zip ``sources`` into the zip ``results``."""
    with zipfile.ZipFile(sources) as read, zipfile.ZipFile(results, "w") as written:
        for name in read.namelist():
            path = PurePosixPath(name)
            beside = f"{path.stem}.{sys.implementation.cache_tag}.pyc"
            place = path.parent / "__pycache__" / beside
            written.writestr(str(place), compiled(name, read.read(name)))


if __name__ == "__main__":
    main(*sys.argv[1:])
