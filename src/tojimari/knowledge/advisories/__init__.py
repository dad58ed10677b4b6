"""Published weaknesses of packages: read from files, kept in an index, asked by package."""
