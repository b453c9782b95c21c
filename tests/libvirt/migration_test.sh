#!/bin/bash
# Live migration between two daemons. Both are on this machine and share its pools.
set -u
# shellcheck source=tests/libvirt/support.sh
. "$(dirname "$0")/support.sh"

second_instance() {
  [ -d "$private_dir/target" ] || instance target
  at=target forget_calls
}

# migrate NAME [OPTION...]
migrate() {
  virsh_at migrate --live --unsafe "$@" --desturi "$(private_uri target)" --migrateuri tcp://127.0.0.1 \
    --listen-address 127.0.0.1
}

# The target's next `started` reports and then waits until hold-started is removed.
hold_target() {
  rm -f "$private_dir/target/run/held"
  touch "$private_dir/target/run/hold-started"
}

live_migration() {
  local job
  second_instance
  at=target policy guest
  policy guest
  check 'start' virsh_at create "$(domain huge guest)" || return
  hold_target
  migrate guest &
  job=$!
  check 'the target has started QEMU' private_wait 30 test -e "$private_dir/target/run/held" || return
  check_leases 1
  at=target check_leases 1
  rm "$private_dir/target/run/hold-started"
  check 'migrate' wait "$job" || return
  at=target check_calls guest 'migrate prepare start started'
  check_calls guest 'prepare start started stopped release'
  check_equal 'pages and free pages when the target starts' "$((base + 64)) $((base_free + 32))" \
    "$(at=target pages_at guest start)"
  check_equal 'pages and free pages when the source stops' "$((base + 64)) $((base_free + 32))" \
    "$(pages_at guest stopped)"
  check_equal 'pages afterwards' "$((base + 32))" "$(pages total)"
  check_leases 0
  at=target check_leases 1
  check_verify
  # two daemons with separate ledgers on one machine: for the target, the source's pages belong to another
  # program, and disappear
  check "reconcile at the target" private_run target "$hostlease" reconcile
  at=target check_verify
  at=target destroy guest
  check_baseline
  at=target check_baseline
}

# latency CPU: the limit in force in the kernel, in microseconds; 0 means zero latency.
latency() {
  cat "$cpus/cpu$1/power/pm_qos_resume_latency_us"
}

pinned_elsewhere() {
  local file=$private_dir/elsewhere.xml
  virsh_at dumpxml guest --migratable | sed "s/cpuset='0'/cpuset='1'/" >"$file"
  echo "$file"
}

latency_policy() {
  printf 'version = 1\n[power]\nwakeup_latency = "%s"\n' "$1" | policy_text guest
}

# Each host uses its own policy, and the pins that the domain has there.
other_policy_and_pins() {
  local job pins="<vcpupin vcpu='0' cpuset='0'/><vcpupin vcpu='1' cpuset='0'/>"
  second_instance
  latency_policy 50us
  at=target latency_policy 100us
  check 'start' virsh_at create "$(domain threads guest CPUTUNE="$pins")" --paused || return
  check_equal 'CPU 0 and 1 before' "50 $latency_1" "$(latency 0) $(latency 1)"
  hold_target
  migrate guest --xml "$(pinned_elsewhere)" &
  job=$!
  check 'the target has started QEMU' private_wait 30 test -e "$private_dir/target/run/held" || return
  check_equal 'CPU 0 and 1 meanwhile' '50 100' "$(latency 0) $(latency 1)"
  rm "$private_dir/target/run/hold-started"
  check 'migrate' wait "$job" || return
  check_equal 'CPU 0 and 1 afterwards' "$latency_0 100" "$(latency 0) $(latency 1)"
  check_verify
  at=target check_verify
  at=target destroy guest
  check_equal 'CPU 0 and 1 at the end' "$latency_0 $latency_1" "$(latency 0) $(latency 1)"
  check_baseline
  at=target check_baseline
}

# The target has no policy for the domain's name: it leases nothing, and QEMU finds no pages.
target_fails() {
  second_instance
  policy stays
  check 'start' virsh_at create "$(domain huge stays)" || return
  check_fails 'migrate' migrate stays
  check_equal 'state' running "$(virsh_at domstate stays)"
  check_calls stays 'prepare start started'
  at=target check_calls stays 'migrate prepare start stopped release'
  check_equal 'pages' "$((base + 32))" "$(pages total)"
  at=target check_leases 0
  destroy stays
  check_baseline
}

broken_policy_at_the_target() {
  second_instance
  policy refused
  echo 'version = 2' | at=target policy_text refused
  check 'start' virsh_at create "$(domain huge refused)" || return
  check_fails 'migrate' migrate refused
  check_equal 'state' running "$(virsh_at domstate refused)"
  at=target check_calls refused 'migrate prepare stopped release'
  destroy refused
  check_baseline
}

libvirt_begin
scenario 'live migration' live_migration
cpus=/sys/devices/system/cpu
if [ -w $cpus/cpu1/power/pm_qos_resume_latency_us ]; then
  latency_0=$(latency 0) latency_1=$(latency 1)
  scenario 'another policy and other pins at the target' other_policy_and_pins
  # if the case failed
  echo "$latency_0" >$cpus/cpu0/power/pm_qos_resume_latency_us
  echo "$latency_1" >$cpus/cpu1/power/pm_qos_resume_latency_us
else
  tap_case_skip 'another policy and other pins at the target' 'no second CPU with a resume latency'
fi
scenario 'the target has no pages' target_fails
scenario 'the target refuses' broken_policy_at_the_target
tap_end
