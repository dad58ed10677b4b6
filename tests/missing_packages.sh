#!/bin/sh
# Which of the packages named are not installed, one a line. a|b is whichever this release of Debian
# has: nothing if one of them is installed, else the first that is offered, else all of it, so that
# the error names what was looked for.
for choice in "$@"; do
  names=$(echo "$choice" | tr '|' ' ')
  answer=$choice
  for name in $names; do
    if dpkg-query -W -f='${Status}' "$name" 2>/dev/null | grep -q 'ok installed'; then
      answer=
      break
    fi
    if [ "$answer" = "$choice" ] && apt-cache policy "$name" 2>/dev/null | grep -q 'Candidate: [^(]'; then
      answer=$name
    fi
  done
  if [ -n "$answer" ]; then echo "$answer"; fi
done
