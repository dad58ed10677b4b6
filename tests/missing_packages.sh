#!/bin/sh
# Which of the packages named are not installed, one a line. a|b is whichever this release of Debian
# has: nothing if one of them is installed, else the first that is offered, else all of it, so that
# the error names what was looked for.

# Each is asked once, about all names: apt-cache reads its lists anew at every start, for a second.
export LC_ALL=C
names=$(printf '%s\n' "$@" | tr '|' '\n')
installed=$(dpkg-query -W -f='${Package} ${db:Status-Status}\n' $names 2>/dev/null | sed -n 's/ installed$//p')

# The first of the names $2... that stands in the list $1, a name a line.
first_in() {
  list=$1
  shift
  for name in "$@"; do
    if printf '%s\n' "$list" | grep -qxF -e "$name"; then
      echo "$name"
      return
    fi
  done
}

missing=
for choice in "$@"; do
  if [ -z "$(first_in "$installed" $(echo "$choice" | tr '|' ' '))" ]; then missing="$missing $choice"; fi
done
if [ -z "$missing" ]; then exit 0; fi

offered=$(apt-cache policy $(echo "$missing" | tr '|' ' ') 2>/dev/null \
  | awk '/^[^ ]/ { name = $1; sub(/:$/, "", name) } / Candidate: [^(]/ { print name }')
for choice in $missing; do
  answer=$(first_in "$offered" $(echo "$choice" | tr '|' ' '))
  echo "${answer:-$choice}"
done
