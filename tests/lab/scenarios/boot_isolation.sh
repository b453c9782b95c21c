#!/bin/bash
# A host booted with isolcpus=6-7: its tasks avoid these CPUs before, during and after a domain, whichever
# CPUs the domain has and however they are isolated. The slices keep their CPUs until the next boot: otherwise
# a daemon-reload would let tasks onto the isolated CPUs.
set -u
# shellcheck source=tests/lab/guest/support.sh
. "$(dirname "$0")/../guest/support.sh"

allowed() {
  sed -n 's/^Cpus_allowed_list:\s*//p' "/proc/$1/status"
}

# Before any domain, systemd 257 gives services all CPUs, including these, and systemd 252 those of PID 1.
before() {
  check_equal 'CPUs of PID 1' 0-5 "$(allowed 1)"
}

# check_host_on CPUS: PID 1, a daemon and a new service.
check_host_on() {
  local daemon
  daemon=$(pidof systemd-udevd)
  check_equal 'CPUs of PID 1' "$1" "$(allowed 1)"
  check_equal 'CPUs of systemd-udevd' "$1" "$(allowed "${daemon%% *}")"
  check_equal 'CPUs of a new service' "$1" \
    "$(systemd-run -q --wait --pipe sed -n 's/^Cpus_allowed_list:\s*//p' /proc/self/status)"
}

isolating() {
  policy one '[cpus]' 'isolate = "pinned"' "method = \"$1\"" 'keep_siblings = "allow"'
}

# on_isolated METHOD: the domain has exactly the CPUs that the host avoids anyway.
on_isolated() {
  isolating "$1"
  check 'start' start one || return
  check_host_on 0-5
  check_verify
  destroy one
  check 'the lease ends' wait_for 10 has_leases 0
  check_host_on 0-5
}

slices() { on_isolated slices; }
partition() { on_isolated partition; }

# One of its CPUs otherwise belongs to the host.
on_both() {
  isolating slices
  check 'start' start one CPU0=5 EMULATOR=4 || return
  check_host_on 0-4
  destroy one
  check 'the lease ends' wait_for 10 has_leases 0
  check_host_on 0-5
  systemctl daemon-reload
  check_host_on 0-5
}

lab_begin
tap_case 'before' before
tap_case 'slices' slices
tap_case 'partitions' partition
tap_case 'CPUs of both kinds' on_both
tap_end
