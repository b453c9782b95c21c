#!/bin/bash
# additions_test.sh BUILD_DIR: adds a knob and an audit rule to a copy of the tree, only in the files that
# the guides of lib/README.md number, and runs the tests of both. Unchanged objects are linked from
# BUILD_DIR.
here=$(cd "$(dirname "$0")" && pwd)
root=$(cd "$here/../.." && pwd)
# shellcheck source=../support/tap.sh
. "$here/../support/tap.sh"
build=${1-}

lacks() {
  local tool
  for tool in meson ninja; do
    [ -n "$(type -P "$tool")" ] || { echo "$tool is not installed"; return; }
  done
  for tool in contract knobs audit; do
    [ -x "$build/tests/test-$tool" ] || { echo "test-$tool is not built"; return; }
  done
  return 1
}

# places GUIDE: the file at the beginning of each of a guide's numbers, one per line.
# shellcheck disable=SC2016 # the quotes are Markdown's
places() {
  awk -v guide="## $1" '/^## / { here = $0 == guide } here' "$root/lib/README.md" |
    sed -nE 's/^[0-9]+\. (`[^`]+`).*/\1/p' | tr -d '`'
}

# changed: the files in the copy that differ from the tree, one per line.
changed() {
  diff -rq "$root" "$copy" -x .git -x 'build*' |
    sed -E "s#^Only in $copy/?(.*): (.*)#\1/\2#; s#^Files $root/(.*) and .*#\1#"
}

# as_numbered GUIDE SED: checks that exactly the guide's files have changed; SED fills in its placeholders.
# CHANGELOG.md contains only text.
as_numbered() {
  check_equal "places of '$1'" "$(places "$1" | sed "$2" | grep -vx CHANGELOG.md | sort)" "$(changed | sort)"
}

configure() {
  rm -rf "$work/configured"
  meson setup "$work/configured" "$copy" >"$work/log" 2>&1
}

# command_of OUTPUT: the command that the build folder uses for it.
command_of() {
  ninja -C "$build" -t commands "$1" | tail -n 1
}

# object_of FILE: the build folder's name for the object of a source.
object_of() {
  echo "$(tr / _ <<<"${1#*/}").o"
}

# compile LIKE FILE: compiles FILE of the copy with the command for the source LIKE.
compile() {
  local folder=tests/libunit_tests.a.p command
  [[ $1 == tests/* ]] || folder=lib/libhostlease.a.p
  command=$(command_of "$folder/$(object_of "$1")" | sed -E "s# -M[DFQ]( [^ ]+\.o(\.d)?)?##g
    s# -o [^ ]+# -o $work/$(object_of "$2")#
    s# [^ ]*$1# $copy/$2#
    s# -I# -I$work/configured/lib -I#")
  # differs from the definition in the precompiled header: include its text instead
  [[ $2 != */reference_test.cpp ]] ||
    command=$(sed -E "s#$root/policies#$copy/policies#; s# -I# -I$root/tests/support -I#" <<<"$command")
  (cd "$build" && eval "$command")
}

# link TEST OBJECT...: links the test's program with these new objects before or instead of the old ones.
link() {
  local command object
  command=$(command_of "tests/test-$1" | sed -E "s# -o [^ ]+# -o $work/test-$1#")
  for object in "${@:2}"; do
    command=$(sed -E "s# tests/libunit_tests.a.p/$object##; s# -o [^ ]+#& $work/$object#" <<<"$command")
  done
  (cd "$build" && eval "$command")
}

add_knob() {
  local change='s/memory([._])swappiness/kernel\1added/g; s#/proc/sys/vm/swappiness#/proc/sys/kernel/added#g
    s/\[swappiness\]/[added]/g'
  sed -E "$change" "$root/lib/knobs/memory_swappiness.cpp" >"$copy/lib/knobs/kernel_added.cpp"
  sed -E "$change; s/\"memory\"/\"kernel\"/g" "$root/tests/knobs/memory_swappiness_test.cpp" \
    >"$copy/tests/knobs/kernel_added_test.cpp"
  sed -i "s/^  'kernel_watchdog',/&\n  'kernel_added',/" "$copy/lib/knobs/meson.build"
  sed -i 's/^\[kernel\]$/&\nadded = "leave" # 0 to 200: what this test adds/' "$copy/policies/reference.toml"
}

a_knob_is_added() {
  add_knob
  as_numbered 'Add a knob' 's/NAME/kernel_added/'
  check 'the copy is configured' configure || { tap_note "$(tail -n 3 "$work/log")"; return; }
  check 'the registry' compile lib/knobs/registry.cpp lib/knobs/registry.cpp || return
  check 'the knob' compile lib/knobs/registry.cpp lib/knobs/kernel_added.cpp || return
  check 'its test' compile tests/knobs/registry_test.cpp tests/knobs/kernel_added_test.cpp || return
  check 'the list of keys' compile tests/contract/reference_test.cpp tests/contract/reference_test.cpp ||
    return
  check 'the contract' link contract "${contract_objects[@]}" || return
  check 'the tests of knobs' link knobs "${new_knob[@]}" knobs_kernel_added_test.cpp.o || return
  check_match 'its test runs' 'kernel.added writes the policy.s number' "$("$work/test-knobs" -tc='kernel.added*')"
  check 'knobs' "$work/test-knobs" -tce='page placement*'
  check 'contract' "$work/test-contract" -tce='killed*'
}

# A knob whose file does not exist on the tests' host.
an_empty_plan_has_words() {
  local said
  sed -i '/baseline_text/d' "$copy/lib/knobs/kernel_added.cpp"
  check 'the knob' compile lib/knobs/registry.cpp lib/knobs/kernel_added.cpp || return
  check 'the contract' link contract "${contract_objects[@]}" || return
  said=$("$work/test-contract" -tce='killed*' 2>&1)
  check_equal 'exit code' 1 "$?"
  check_match 'what is to be done' \
    'kernel.added: its example changes nothing. Give the knob a baseline_text' "$said"
}

a_missing_test_is_named() {
  rm "$copy/tests/knobs/kernel_added_test.cpp"
  check_fails 'the copy is configured' configure
  check_match 'why not' 'kernel_added_test.cpp' "$(cat "$work/log")"
}

add_rule() {
  sed -i 's/^constexpr RuleMaker rule{/void check_added(const AuditInput\& input, const Rule\&, AuditOutcome\& outcome) {\
    if (!find(input.root, "added")) outcome.fail({.found = "nothing added", .wanted = "<added>"});\
}\n\n&/; s/^    rule("CLK-TIMER-PLACE"/    rule("CLK-ADDED", Severity::note, "A test adds it.", "none", check_added),\n&/' \
    "$copy/lib/advice/audit/clock.cpp"
  sed -i 's/^ *{"CLK-TIMER-PLACE", true/{"CLK-ADDED", true, ""}, {"CLK-ADDED", false, "<added\/>"},\n&/' \
    "$copy/tests/audit/clock_cases.cpp"
}

a_rule_is_added() {
  add_rule
  as_numbered 'Add a rule to the audit' 's/FILE/clock/; s/GROUP/clock/'
  check 'the rule' compile lib/advice/audit/clock.cpp lib/advice/audit/clock.cpp || return
  check 'its cases' compile tests/audit/clock_cases.cpp tests/audit/clock_cases.cpp || return
  check 'the test' link audit advice_audit_clock.cpp.o audit_clock_cases.cpp.o || return
  check 'audit' "$work/test-audit"
}

a_rule_without_cases_is_named() {
  local said
  cp "$root/tests/audit/clock_cases.cpp" "$copy/tests/audit/"
  check 'the cases' compile tests/audit/clock_cases.cpp tests/audit/clock_cases.cpp || return
  check 'the test' link audit advice_audit_clock.cpp.o audit_clock_cases.cpp.o || return
  said=$("$work/test-audit" -tc='each rule*')
  check_equal 'exit code' 1 "$?"
  check_match 'what is missing' 'CLK-ADDED has no case that trips it: add one to the tests/audit/' "$said"
}

new_knob=(knobs_registry.cpp.o knobs_kernel_added.cpp.o)
contract_objects=("${new_knob[@]}" contract_reference_test.cpp.o)
if reason=$(lacks); then tap_skip_all "$reason"; fi
build=$(realpath "$build")
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
copy=$work/copy
fresh_copy() {
  rm -rf "$copy"
  mkdir "$copy"
  tar -C "$root" --exclude=.git --exclude='./build*' -c . | tar -C "$copy" -x
}
fresh_copy
tap_case 'a knob is added where the guide says, and meets its contract' a_knob_is_added
tap_case 'for a knob whose example changes nothing, the message says what it lacks' an_empty_plan_has_words
tap_case 'a knob without a test is not configured' a_missing_test_is_named
fresh_copy
tap_case 'a rule is added where the guide says, and is tried' a_rule_is_added
tap_case 'for a rule without cases, the message says where they belong' a_rule_without_cases_is_named
tap_end
