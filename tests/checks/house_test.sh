#!/bin/bash
# Promises to readers of the code: sizes, a test for each knob, a correct map, nothing
# postponed.
here=$(cd "$(dirname "$0")" && pwd)
root=$(cd "$here/../.." && pwd)
# shellcheck source=../support/tap.sh
. "$here/../support/tap.sh"
cd "$root" || exit

sources() {
  find lib hook -name '*.[ch]pp' | sort
}

nothing() {
  [ -z "$1" ] || tap_fail "$1"
}

long_files() {
  sources | xargs -r awk 'END { if (FNR > 400) print FILENAME ": " FNR " lines" }
    FNR == 1 && last > 400 { print file ": " last " lines" }
    { file = FILENAME; last = FNR }'
}

long_functions() {
  sources | xargs -r awk -v most=60 -f "$here/function_lines.awk"
}

# The names in the list of lib/knobs/meson.build; helpers that the knobs share are not in the list.
knobs() {
  sed -n "/^knob_names *=/,/^]/s/.*'\([a-z0-9_]*\)'.*/\1/p" lib/knobs/meson.build
}

each_knob_has_a_test() {
  local name
  [ -n "$(knobs)" ] || tap_fail 'lib/knobs/meson.build has no list of knobs'
  for name in $(knobs); do
    [ ! -e "lib/knobs/$name.cpp" ] || check_exists "$name" "tests/knobs/${name}_test.cpp"
  done
}

the_map_names_each_folder() {
  local folder
  check_exists 'the map' lib/README.md || return
  for folder in lib/*/; do
    check "lib/README.md names $folder" grep -q "${folder#lib/}" lib/README.md
  done
}

left_for_later() {
  local words='TO''DO|FIX''ME|XX''X'
  grep -rnIwE "$words" lib hook policies install tests examples ./*.md 2>/dev/null
}

tap_case 'no file is over 400 lines' nothing "$(long_files)"
tap_case 'no function is over 60 lines' nothing "$(long_functions)"
tap_case 'each knob has a test' each_knob_has_a_test
tap_case 'lib/README.md names each folder of lib' the_map_names_each_folder
tap_case 'nothing is left for later' nothing "$(left_for_later)"
tap_end
