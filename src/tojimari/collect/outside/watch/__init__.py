"""The watch for changed pages (改ざん検知): portraits of a site's pages, and what differs since."""
