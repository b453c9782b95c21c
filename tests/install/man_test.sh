#!/bin/bash
# man_test.sh BUILD: the manual pages are valid, and name all verbs, options and keys.
here=$(cd "$(dirname "$0")" && pwd)
# shellcheck source=../support/tap.sh
. "$here/../support/tap.sh"
build=$(realpath "$1")
pages=("$build"/install/man/hostlease.1 "$build"/install/man/hostlease-policy.5
  "$build"/install/man/hostlease-hook.7
  "$build"/install/man/hostlease-limits.7 "$build"/install/man/hostlease-json.5)
root=$here/../..

# rendered PAGE: plain text without bold.
rendered() {
  LC_ALL=C.UTF-8 MANWIDTH=100 MAN_KEEP_FORMATTING='' man --warnings --no-hyphenation -l "$1" 2>&1 | col -bx
}

without_warnings() {
  local page
  for page in "${pages[@]}"; do
    check_equal "warnings of $(basename "$page")" '' \
      "$(LC_ALL=C.UTF-8 MANWIDTH=100 man --warnings -l "$page" 2>&1 >/dev/null)"
  done
}

lints() {
  check_equal 'what mandoc finds' '' "$(mandoc -T lint -W warning "${pages[@]}" 2>/dev/null)"
}

# candidates WORD...: the possible next words
candidates() {
  "$build/hook/hostlease" __complete "$@" | cut -f 1
}

names_each_verb() {
  local verb option text
  text=$(rendered "${pages[0]}")
  for verb in $(candidates ''); do
    check "hostlease(1) has $verb" grep -qE "^ {5}$verb( |\$)" <<<"$text"
    for option in $(candidates "$verb" -- | grep -v '^--help$'); do
      check "hostlease(1) has $option" grep -qE "^ {13}$option( |\[|\$)" <<<"$text"
    done
  done
}

has_the_categories() {
  check_equal 'categories' \
    "$("$build/hook/hostlease" --help | sed -n 's/^\([A-Z].*\):$/   \1/p' | grep -v Options)" \
    "$(rendered "${pages[0]}" | sed -n '/^VERBS/,/^[A-Z][A-Z]*$/{ /^   [A-Z]/p }')"
}

names_each_key() {
  local key text
  text=$(rendered "${pages[1]}")
  for key in $("$build/hook/hostlease" policy keys | sed -n 's/^  \([^ ][^ ]*\)  .*/\1/p'); do
    check "hostlease-policy(5) has $key" grep -qE "^ {5}${key//./\\.}( |\$)" <<<"$text"
  done
  check 'a range' grep -q 'Takes an integer from 0 to 200' <<<"$text"
}

# The keys of the verbs' JSON; SARIF's keys are its standard's.
json_keys() {
  grep -rhoE --exclude=render_sarif.cpp --exclude=json.cpp \
    'put(_[a-z]+)?\([a-z]+, "[a-z_]{2,}"' "$root/hook" "$root/lib/advice" "$root/lib/plan" |
    sed 's/.*"\(.*\)"/\1/' | sort -u
}

names_each_json_key_and_metric() {
  local name text
  text=$(rendered "${pages[4]}")
  check 'there are keys' test "$(json_keys | wc -l)" -gt 100
  for name in $(json_keys) $(grep -oE '"hostlease_[a-z_]+"' "$root/hook/commands/metrics.cpp" | tr -d '"'); do
    check "hostlease-json(5) has $name" grep -qE "(^|[ (])$name(_total)?([],.; :)]|\$)" <<<"$text"
  done
}

if [ -n "$(type -P man)" ]; then
  tap_case 'they are rendered without warnings' without_warnings
  tap_case 'hostlease(1) names each verb and option' names_each_verb
  tap_case 'hostlease(1) groups the verbs as the help does' has_the_categories
  tap_case 'hostlease-policy(5) names each key' names_each_key
  tap_case 'hostlease-json(5) names each key and metric' names_each_json_key_and_metric
else
  tap_case_skip 'they are rendered without warnings' 'man is not installed'
fi
if [ -n "$(type -P mandoc)" ]; then
  tap_case 'mandoc finds nothing' lints
else
  tap_case_skip 'mandoc finds nothing' 'mandoc is not installed'
fi
tap_end
