"""Where a file goes that is handed in: on the pages that say so into memory, never into a file."""

from typing import Any

from django.core.files.uploadhandler import MemoryFileUploadHandler, SkipFile
from django.urls import Resolver404, resolve

FILE_BYTES = 15_000_000
"""The largest file such a page takes."""
_REST_OF_FORM = 300_000
BODY_BYTES = FILE_BYTES + _REST_OF_FORM
"""The largest form that is read."""
TAKEN_BYTES = 32_000_000
"""What the server takes at all: of a form beyond ``BODY_BYTES`` the page says that it is too large."""

_PAGES: set[str] = set()


def take_in_memory(*pages: str) -> None:
    """Declare pages whose files are taken in memory, by the names of their addresses."""
    _PAGES.update(pages)


class InMemory(MemoryFileUploadHandler):
    """Takes the files of such pages, before Django's own handlers, which write large files down.

    Stands in the settings: a form is read before its page is called.
    """

    def handle_raw_input(
        self,
        input_data: Any,
        META: dict[str, str],  # noqa: N803  # Django's name
        content_length: int,
        boundary: bytes,
        encoding: str | None = None,
    ) -> None:
        """Take what is for the declared pages, up to their limit."""
        self._ours = self.request is not None and _page(self.request.path_info) in _PAGES
        self.activated = self._ours and content_length <= BODY_BYTES

    def new_file(self, *args: Any, **kwargs: Any) -> None:
        """Begin a file; one that is too large is left out, and the form finds none."""
        if self._ours and not self.activated:
            raise SkipFile
        super().new_file(*args, **kwargs)


def _page(path: str) -> str:
    try:
        return str(resolve(path).view_name)
    except Resolver404:
        return ""
