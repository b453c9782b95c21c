#!/bin/bash
# Two domains that start at the same time and end in either order.
set -u
# shellcheck source=tests/libvirt/support.sh
. "$(dirname "$0")/support.sh"

start_both() {
  local job
  start small &
  job=$!
  start large MIB=128
  wait "$job"
}

# stop_in_order FIRST SECOND PAGES_OF_SECOND
stop_in_order() {
  check 'start' start_both || return
  check_equal 'pages' "$((base + 96))" "$(pages total)"
  check_leases 2
  check 'destroy the first' destroy "$1"
  check_equal "pages of $2" "$((base + $3))" "$(pages total)"
  check_leases 1
  check 'destroy the second' destroy "$2"
  check_baseline
}

small_first() {
  stop_in_order small large 64
}

large_first() {
  stop_in_order large small 32
}

both_at_once() {
  local job
  check 'start' start_both || return
  destroy small &
  job=$!
  check 'destroy' destroy large
  check 'destroy' wait "$job"
  check_baseline
}

# While the call for one waits for a program, the other starts and ends.
slow_command() {
  local job
  policy_text slow <<'TOML'
version = 1
[hugepages]
reserve = "leave"
[[command]]
run = ["/usr/bin/sleep", "15"]
deadline = "20s"
TOML
  virsh_at create "$(domain plain slow)" --paused &
  job=$!
  check 'the program runs' private_wait 10 pgrep -fx '/usr/bin/sleep 15' >/dev/null
  check 'start the other' start small
  check 'destroy the other' destroy small
  check 'the first is still being started' pgrep -fx '/usr/bin/sleep 15' >/dev/null
  check 'start' wait "$job"
  check 'destroy' destroy slow
  check_baseline
}

libvirt_begin
scenario 'the small one ends first' small_first
scenario 'the large one ends first' large_first
scenario 'both end at the same time' both_at_once
scenario 'a program of one is slow' slow_command
tap_end
