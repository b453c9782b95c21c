#!/bin/bash
# A policy that is edited while its domain runs.
set -u
# shellcheck source=tests/libvirt/support.sh
. "$(dirname "$0")/support.sh"

swappiness() {
  private_run one cat /proc/sys/vm/swappiness
}

# How the first vCPU's thread is scheduled.
vcpu_0() {
  # shellcheck disable=SC2016 # for the shell in the instance
  private_run one bash -c 'ps -L -o comm=,cls=,rtprio= -p "$(</run/libvirt/qemu/edited.pid)"' | grep '^CPU 0'
}

# apply [OPTION...]
apply() {
  private_run one "$hostlease" apply "$@"
}

# edit SWAPPINESS [LINES]: the policy of the domain `edited`.
edit() {
  policy_text edited <<TOML
version = 1
[hugepages]
host_free_min = "64MiB"
[memory]
swappiness = $1
${2-}
TOML
}

edited_and_applied() {
  local before
  before=$(swappiness)
  edit 33
  check 'start' virsh_at create "$(domain threads edited MIB=64 CPUTUNE=)" --paused || return
  check_equal 'at start' 33 "$(swappiness)"
  edit 44 '[threads]
vcpu = "fifo:1"'
  check_match 'what would change' 'memory.swappiness +33 +44' "$(apply edited --dry-run)"
  check_equal 'after a look' 33 "$(swappiness)"
  check_match 'apply' 'memory.swappiness +33 +44 ' "$(apply edited)" || return
  check_equal 'applied' 44 "$(swappiness)"
  check_match 'vCPU 0' 'FF +1' "$(vcpu_0)"
  check_verify
  check_equal 'nothing more' 'nothing to change' "$(apply edited --dry-run)"
  edit 44
  check 'apply' apply edited || return
  check_match 'vCPU 0' 'TS' "$(vcpu_0)"
  destroy edited
  check_equal 'in the end' "$before" "$(swappiness)"
  check_baseline
}

pages_stay() {
  edit 33
  check 'start' virsh_at create "$(domain huge edited)" --paused || return
  check_equal 'pages' "$((base + 32))" "$(pages total)"
  policy_text edited <<'TOML'
version = 1
hugepages.reserve = "leave"
TOML
  check 'apply' apply edited || return
  check_equal 'pages' "$((base + 32))" "$(pages total)"
  destroy edited
  check_baseline
}

started_without_policy() {
  local before
  before=$(swappiness)
  rm -f "$private_dir/one/policies/"*
  check 'start' virsh_at create "$(domain plain edited)" --paused || return
  check_leases 0
  edit 33
  check 'apply' apply edited || return
  check_equal 'applied' 33 "$(swappiness)"
  check_leases 1
  destroy edited
  check_equal 'in the end' "$before" "$(swappiness)"
  check_baseline
}

does_not_run() {
  check 'define' virsh_at define "$(domain plain asleep)"
  check_match 'the reason' "is not running" "$(apply asleep 2>&1)"
  virsh_at undefine asleep
}

libvirt_begin
scenario 'an edited policy is applied, and the host is restored' edited_and_applied
scenario 'pages stay until the domain stops' pages_stay
scenario 'a domain that was started without a policy' started_without_policy
scenario 'a domain that does not run' does_not_run
tap_end
