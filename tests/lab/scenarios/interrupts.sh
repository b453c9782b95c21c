#!/bin/bash
# Interrupts, irqbalance and the kernel's threads avoid the CPUs of two domains while they run.
set -u
# shellcheck source=tests/lab/guest/support.sh
. "$(dirname "$0")/../guest/support.sh"

start_two() {
  start two NODE=0 CPU0=2 CPU1=3 EMULATOR=0-1
}

# check_state CPUS
check_state() {
  check_free_of interrupts "$1"
  check_new_interrupts_off "$1"
  if ! kernel_at_least 6.7; then check_free_of kthreads "$1"; fi
  check_verify
}

two_domains() {
  check 'start one' start one || return
  check_state 6-7
  check 'start two' start_two || return
  check_state 2-3,6-7
  destroy one
  check_state 2-3
  destroy two
}

# irqbalance receives requests while it looks at the interrupts, which takes ten seconds after each change; it
# must survive that.
irqbalance_is_told() {
  local balancer
  balancer=$(systemctl show -p MainPID irqbalance)
  check 'start one' start one || return
  check_banned 6-7
  check 'start two' start_two || return
  hostlease reconcile
  hostlease reconcile
  destroy one
  check_banned 2-3
  check_verify
  destroy two
  check_banned ''
  check_equal 'irqbalance' "$balancer" "$(systemctl show -p MainPID irqbalance)"
}

lab_begin
for name in one two; do
  policy $name '[irqs]' 'affinity = "housekeeping"' 'balancer = "ban"' '[kthreads]' \
    'affinity = "housekeeping"'
done
scenario 'irqbalance' irqbalance_is_told
without_irqbalance
take_baseline
scenario 'two domains' two_domains
tap_end
