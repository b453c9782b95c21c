#!/bin/bash
# The scheduling of QEMU's threads while they are leased.
set -u
# shellcheck source=tests/libvirt/support.sh
. "$(dirname "$0")/support.sh"

threads_policy() {
  policy_text "$1" <<'TOML'
version = 1
[hugepages]
reserve = "leave"
[threads]
vcpu = "fifo:1"
iothread = "rr:2"
emulator = -5
TOML
}

# scheduled DOMAIN PATTERN: "CPU 0/TCG FF 1 -", that is name, class, real-time priority and nice value, for
# QEMU's threads with matching names.
scheduled() {
  # shellcheck disable=SC2016 # for the shell in the instance
  private_run one bash -c 'ps -L -o comm=,cls=,rtprio=,nice= -p "$(<"/run/libvirt/qemu/$1.pid")"' - "$1" |
    sed -E 's/ +/ /g' | grep -E "$2" | sort -u
}

start_threads() {
  threads_policy "$1"
  check 'start' virsh_at create "$(domain threads "$1" CPUTUNE="${2-}")" --paused
}

each_by_its_role() {
  start_threads roles || return
  check_equal 'vCPU 0' 'CPU 0/TCG FF 1 -' "$(scheduled roles '^CPU 0')"
  check_equal 'vCPU 1' 'CPU 1/TCG FF 1 -' "$(scheduled roles '^CPU 1')"
  check_equal 'I/O thread' 'IO iothread1 RR 2 -' "$(scheduled roles '^IO iothread')"
  check_equal 'main thread' 'qemu-system-x86 TS - -5' "$(scheduled roles '^qemu-system')"
  check_verify
  destroy roles
  check_baseline
}

given_back_alive() {
  start_threads alive || return
  check 'release' private_run one "$hostlease" release --force alive
  check_equal 'vCPU 0' 'CPU 0/TCG TS - 0' "$(scheduled alive '^CPU 0')"
  check_equal 'main thread' 'qemu-system-x86 TS - 0' "$(scheduled alive '^qemu-system')"
  destroy alive
  check_baseline
}

domain_schedules_its_own() {
  start_threads own "<vcpusched vcpus='1' scheduler='rr' priority='7'/>" || return
  check_equal 'vCPU 0' 'CPU 0/TCG FF 1 -' "$(scheduled own '^CPU 0')"
  check_equal 'vCPU 1' 'CPU 1/TCG RR 7 -' "$(scheduled own '^CPU 1')"
  destroy own
  check_baseline
}

libvirt_begin
scenario 'each thread is scheduled by its role' each_by_its_role
scenario 'a lease that is released while QEMU runs' given_back_alive
scenario 'a vCPU that the domain itself schedules' domain_schedules_its_own
tap_end
