# shellcheck shell=bash
# TAP for test scripts. Sourced; needs bash 4.1.
#
#   . "$here/../support/tap.sh"
#   tap_case 'an empty file is refused' refuses_an_empty_file   # a function with checks in it
#   tap_case_skip 'needs a second node' 'this machine has one'
#   tap_end                                                      # prints the plan, exits 1 after a failure
#
# A case fails if one of its checks fails or its command returns non-zero. Checks continue after a failure, so
# that one run shows everything; `check ... || return` stops a case early.
# A case's output goes to stderr, below a heading with its name: stdout is for TAP.

exec {tap_output}>&1
tap_cases=0
tap_failures=0
tap_case_failed=

# tap_note TEXT...: one diagnostic for each line of each text.
tap_note() {
  local line
  printf '%s\n' "$@" | while IFS= read -r line; do
    printf '# %s\n' "$line" >&"$tap_output"
  done
}

# tap_case NAME COMMAND [ARGUMENT...]
tap_case() {
  local name=$1 status=0
  shift
  tap_case_failed=
  tap_heading "$name"
  "$@" >&2 || status=$?
  if [ "$status" -ne 0 ] && [ -z "$tap_case_failed" ]; then
    tap_case_failed=yes
    tap_note "$1 returned $status"
  fi
  tap_result "$name"
}

# tap_heading TEXT: marks the following output as that of this case; "after NAME" also names case
# NAME.
tap_heading() {
  printf -- '--- %s\n' "$(tap_plain "$1")" >&2
}

# tap_case_skip NAME REASON
tap_case_skip() {
  tap_cases=$((tap_cases + 1))
  printf 'ok %d - %s # SKIP %s\n' "$tap_cases" "$(tap_plain "$1")" "$2" >&"$tap_output"
}

# tap_skip_all REASON: the whole script is one skip.
tap_skip_all() {
  printf '1..0 # SKIP %s\n' "$1" >&"$tap_output"
  exit 0
}

tap_end() {
  printf '1..%d\n' "$tap_cases" >&"$tap_output"
  [ "$tap_failures" -eq 0 ]
  exit
}

# check WHAT COMMAND [ARGUMENT...]: the command succeeds.
check() {
  local what=$1
  shift
  "$@" || tap_fail "$what: failed: $*"
}

# check_fails WHAT COMMAND [ARGUMENT...]: the command runs and fails.
check_fails() {
  local what=$1
  shift
  ! "$@" || tap_fail "$what: did not fail: $*"
}

# check_equal WHAT WANTED FOUND
check_equal() {
  [ "$2" = "$3" ] || tap_fail "$1" "wanted: $2" "found:  $3"
}

# check_match WHAT REGEX TEXT: the extended regular expression is found in the text.
check_match() {
  [[ $3 =~ $2 ]] || tap_fail "$1" "wanted to match: $2" "found: $3"
}

# check_no_match WHAT REGEX TEXT
check_no_match() {
  ! [[ $3 =~ $2 ]] || tap_fail "$1" "wanted not to match: $2" "found: $3"
}

check_exists() {
  [ -e "$2" ] || tap_fail "$1: $2 is missing"
}

check_missing() {
  ! [ -e "$2" ] || tap_fail "$1: $2 exists"
}

# tap_fail TEXT...: marks the running case as failed; says where in the script.
tap_fail() {
  local frame=1
  while [ "${BASH_SOURCE[frame]}" != "$0" ]; do frame=$((frame + 1)); done
  tap_case_failed=yes
  tap_note "${BASH_SOURCE[frame]##*/}:${BASH_LINENO[frame - 1]}: $1" "${@:2}"
  return 1
}

tap_result() {
  local word=ok
  tap_cases=$((tap_cases + 1))
  if [ -n "$tap_case_failed" ]; then
    word='not ok'
    tap_failures=$((tap_failures + 1))
  fi
  printf '%s %d - %s\n' "$word" "$tap_cases" "$(tap_plain "$1")" >&"$tap_output"
}

# A bare # in a name would start a directive.
tap_plain() {
  printf '%s' "${1//#/\\#}"
}
