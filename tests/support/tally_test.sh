#!/bin/bash
# The summary of a suite: the results of its cases, and the output of a failed case.
set -u
here=$(realpath "$(dirname "$0")")
# shellcheck source=tests/support/tap.sh
. "$here/tap.sh"
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT

# tally_of NAME RESULT: reads a script with cases, runs it, and prints its tally.
tally_of() {
  local status=0
  { echo ". '$here/tap.sh'" && cat; } >"$folder/script"
  bash "$folder/script" >"$folder/out" 2>"$folder/err" || status=$?
  jq -n -c --arg name "$1" --arg result "$2" --argjson status "$status" --rawfile out "$folder/out" \
    --rawfile err "$folder/err" \
    '{name: $name, result: $result, returncode: $status, starttime: 1, duration: 2,
      stdout: $out, stderr: $err}' >"$folder/log"
  python3 "$here/tally.py" suite "$folder/log"
}

counts() {
  local said
  said=$(tally_of mixed \
      FAIL <<<$'tap_case one true\ntap_case two false\ntap_case_skip three "no reason"\ntap_end')
  check_match 'the counts' $'^1 1 1\n' "$said"
  check_match 'the failed one' 'FAILED   mixed: two' "$said"
  check_match 'the skipped one' 'skipped  mixed: three: no reason' "$said"
}

own_words() {
  local said
  said=$(tally_of words FAIL <<'SCRIPT'
fails() { echo 'why it failed'; check 'this' false; }
passes() { seq -f 'line %g of another' 100; }
tap_case 'first' fails
tap_heading 'after first'
echo 'what was left' >&2
tap_case 'second' passes
tap_end
SCRIPT
  )
  check_match 'what the case printed' 'why it failed' "$said"
  check_match 'what was printed after it' 'what was left' "$said"
  check_no_match 'what another case printed' 'of another' "$said"
}

dies() {
  local said
  said=$(tally_of killed FAIL <<<$'tap_case one true\necho "the last words" >&2\nkill -KILL $$')
  check_match 'how it ended' 'FAILED   killed: stopped before its plan' "$said"
  check_match 'its last words' 'the last words' "$said"
}

tap_case 'cases are counted' counts
tap_case 'a failed case is reported with its output, whatever follows' own_words
tap_case 'a program that dies is a failure' dies
tap_end
