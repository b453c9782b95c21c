#!/bin/bash
# Each line of lib/SECURITY.md names existing tests.
# shellcheck disable=SC2016 # the quotes are Markdown's
here=$(cd "$(dirname "$0")" && pwd)
root=$(cd "$here/../.." && pwd)
# shellcheck source=../support/tap.sh
. "$here/../support/tap.sh"
cd "$root" || exit

# The last cell of each row: `FILE` "CASE"; `FILE` "CASE"
shown_by() {
  grep '^| ' "$1" | grep 'tests/' | sed -E 's/.* \| (.*) \|$/\1/' | sed 's/; `/\n`/g'
}

# offences FILE
offences() {
  local file name rest
  shown_by "$1" | while read -r file rest; do
    file=${file//\`/} name=${rest#\"} name=${name%\"}
    if [ -z "$name" ] || [ "$name" = "$rest" ]; then
      echo "$file: no case is named: $rest"
    elif ! grep -qF -- "$name" "$file" 2>/dev/null; then
      echo "$file has no '$name'"
    fi
  done
  # rows of a threat without a test
  awk -F ' [|] ' '/^[|] threat/ { table = 1 } /^$/ { table = 0 }
    table && !/^[|] (threat|---)/ && $3 !~ /tests\// { print "no test: " $1 }' "$1"
}

each_has_its_test() {
  local found
  [ "$(shown_by lib/SECURITY.md | wc -l)" -gt 30 ] || tap_fail 'lib/SECURITY.md has no table'
  found=$(offences lib/SECURITY.md)
  [ -z "$found" ] || tap_fail "$found"
}

finds_what_is_not_there() {
  local file
  file=$(mktemp)
  printf '%s\n' '| threat | what holds | shown by |' '| --- | --- | --- |' \
    '| a | b | `tests/cli/trust.t` "A policy that is a link"; `tests/cli/trust.t` "no such words" |' \
    '| c | d | `tests/none.t` "x" |' '| e | f | `tests/cli/trust.t` |' '| g | h | nothing |' >"$file"
  check_equal 'what is found' "tests/cli/trust.t has no 'no such words'
tests/none.t has no 'x'
tests/cli/trust.t: no case is named: 
no test: | g" "$(offences "$file")"
  rm "$file"
}

tap_case 'each threat has its tests' each_has_its_test
tap_case 'this test finds what it is for' finds_what_is_not_there
tap_end
