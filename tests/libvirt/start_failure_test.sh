#!/bin/bash
# Starts that fail: nothing is kept, and the reason is reported to the caller.
set -u
# shellcheck source=tests/libvirt/support.sh
. "$(dirname "$0")/support.sh"

# fails_to_start TEMPLATE NAME [KEY=TEXT...]: leaves virsh's error in $error.
fails_to_start() {
  if error=$(virsh_at create "$(domain "$@")" --paused 2>&1); then
    tap_fail "$2 has started"
    destroy "$2"
    return 1
  fi
}

# The hook's own message: libvirt puts it after the exit status, at the end of its own message.
check_one_reason() {
  local reason=${error#*exit status *: }
  check_match "virsh's error names the exit status" 'unexpected exit status [0-9]+: ' "$error"
  check_equal 'lines of the reason' 1 "$(wc -l <<<"$reason")"
  check_match 'the reason' "$1" "$reason"
}

bad_emulator_argument() {
  policy argument
  fails_to_start argument argument ARGUMENT=-bogus || return
  check_calls argument 'prepare start stopped release'
  check_equal 'pages at start' "$((base + 32)) $((base_free + 32))" "$(pages_at argument start)"
  check_baseline
}

# libvirt detects the error between prepare and start.
missing_disk() {
  policy missing
  fails_to_start disk missing DISK=/nonexistent.img FORMAT=raw || return
  check_calls missing 'prepare stopped release'
  check_equal 'pages at prepare' "$((base + 32)) $((base_free + 32))" "$(pages_at missing prepare)"
  check_baseline
}

more_than_the_machine_has() {
  local pages=$(($(awk '/^MemTotal/ {print $2}' /proc/meminfo) / 2048 + 512))
  policy vast
  fails_to_start huge vast MIB=$((pages * 2)) || return
  check_one_reason "node ?0.*[0-9]"
  check_match 'the reason has the pages that are needed' " $pages " "$error"
  check_calls vast 'prepare stopped release'
  check_equal 'pages at prepare' "$base $base_free" "$(pages_at vast prepare)"
  check_baseline
}

broken_toml() {
  policy_text broken <<'TOML'
version = 1
[hugepages]
reserve = "auto
TOML
  fails_to_start plain broken || return
  check_one_reason '/etc/hostlease/broken\.toml:3:[0-9]+: '
  check_baseline
}

impossible_value() {
  policy_text value <<'TOML'
version = 1
[hugepages]
deadline = "5 parsecs"
TOML
  fails_to_start plain value || return
  check_one_reason '/etc/hostlease/value\.toml:3:[0-9]+: .*parsecs'
  check_baseline
}

writable_policy() {
  policy writable
  chmod 0666 "$private_dir/one/policies/writable.toml"
  fails_to_start plain writable || return
  check_one_reason '/etc/hostlease/writable\.toml'
  check_baseline
}

unknown_extends() {
  policy_text orphan <<'TOML'
version = 1
extends = "no-such-policy"
TOML
  fails_to_start plain orphan || return
  check_one_reason '/etc/hostlease/orphan\.toml:2:[0-9]+: .*no-such-policy'
  check_baseline
}

libvirt_begin
scenario 'QEMU refuses an argument' bad_emulator_argument
scenario 'a disk is missing' missing_disk
scenario 'more memory than the machine has' more_than_the_machine_has
scenario 'a policy that is not TOML' broken_toml
scenario 'a policy with an impossible value' impossible_value
scenario 'a policy that anybody may write' writable_policy
scenario 'a policy that extends nothing known' unknown_extends
tap_end
