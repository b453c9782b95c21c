#!/bin/bash
# The kernel's own work avoids the CPUs of two domains while they run.
set -u
# shellcheck source=tests/lab/guest/support.sh
. "$(dirname "$0")/../guest/support.sh"

# check_state CPUS WATCHED_CPUS
check_state() {
  check_workqueues_off "$1"
  check_equal 'watched CPUs' "$2" "$(</proc/sys/kernel/watchdog_cpumask)"
  check_verify
}

two_domains() {
  check 'start one' start one || return
  check_state 6-7 0-5
  check 'start two' start two NODE=0 CPU0=2 CPU1=3 EMULATOR=0-1 || return
  check_state 2-3,6-7 0-1,4-5
  destroy one
  check_state 2-3 0-1,4-7
  systemctl daemon-reexec
  check_state 2-3 0-1,4-7
  destroy two
}

lab_begin
for name in one two; do
  policy $name '[workqueues]' 'affinity = "housekeeping"' '[kernel]' 'watchdog = "housekeeping"'
done
scenario 'two domains' two_domains
tap_end
