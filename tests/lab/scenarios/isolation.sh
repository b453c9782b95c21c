#!/bin/bash
# The CPUs of a domain are its own until it ends: tasks, interrupts and, where possible, the kernel avoid
# them.
set -u
# shellcheck source=tests/lab/guest/support.sh
. "$(dirname "$0")/../guest/support.sh"

# isolating METHOD: the policy of both domains.
isolating() {
  local name
  for name in one two; do
    policy "$name" '[cpus]' 'isolate = "pinned"' "method = \"$1\"" 'enforce = "required"' \
      '[irqs]' 'affinity = "housekeeping"' 'balancer = "ban"' '[workqueues]' 'affinity = "housekeeping"'
  done
}

start_two() {
  start two NODE=0 CPU0=2 CPU1=3 EMULATOR=0-1
}

# check_isolated CPUS
check_isolated() {
  check_host_kept_off "$1"
  check_free_of interrupts "$1"
  check_new_interrupts_off "$1"
  check_workqueues_off "$1"
  check_verify
}

slices() {
  isolating slices
  check 'start one' start one || return
  check_isolated 6-7
  check 'start two' start_two || return
  check_isolated 2-3,6-7
  check_domain_on one 6 7
  check_domain_on two 2 3
  destroy one
  check_isolated 2-3
  check_domain_on two 2 3
  systemctl daemon-reload
  systemctl daemon-reexec
  check_isolated 2-3
  destroy two
}

# A new service starts in a restricted slice, a new slice is not restricted: verify reports it.
qemu_is_killed() {
  isolating auto
  check 'start' start one || return
  check_isolated 6-7
  kill -KILL "$(qemu_pid one)"
  check 'libvirt notices' wait_for 30 has_leases 0
}

partitions() {
  isolating partition
  check 'start one' start one EMULATOR=5 || return
  check_partition one 6-7
  check 'start two' start two NODE=1 CPU0=2 CPU1=3 EMULATOR=4 || return
  check_partition two 2-3,6-7
  check_partition one 2-3,6-7
  check_isolated 2-3,6-7
  check_free_of kthreads 2-3,6-7
  destroy one
  check_partition two 2-3
  destroy two
}

partition_is_impossible() {
  isolating partition
  check_fails 'start' start one
}

# irqbalance reports its list only after a look, every ten seconds; interrupts that it has moved are not
# compared.
irqbalance_is_told() {
  isolating slices
  check 'start' start one || return
  check_banned 6-7
  destroy one
  check_banned ''
}

lab_begin
scenario 'irqbalance' irqbalance_is_told
without_irqbalance
take_baseline
scenario 'slices' slices
if kernel_at_least 6.7; then
  scenario 'a partition for each domain, and for each virtual CPU in it' partitions
else
  scenario 'a kernel without remote partitions' partition_is_impossible
fi
scenario 'QEMU is killed' qemu_is_killed
tap_end
