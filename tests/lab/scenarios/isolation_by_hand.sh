#!/bin/bash
# The checks of isolation see it where it is and miss it where it is not: it is made by hand here, as an administrator would.
# It also says what the kernel and systemd of this host do when they are asked.
set -u
# shellcheck source=tests/lab/guest/support.sh
. "$(dirname "$0")/../guest/support.sh"

# allow CPUS: to everything but the domains.
allow() {
  local group
  for group in $(host_groups); do
    systemctl set-property --runtime "$group" "AllowedCPUs=$1"
  done
}

forget_allowed() {
  rm -rf /run/systemd/system.control /run/systemd/transient/init.scope.d
  systemctl daemon-reload
}

check_unseen() {
  check_match 'tasks of the host are seen' '^systemd ' "$("$guest/occupants" tasks 6-7 init.scope)"
  check_match 'kernel threads are seen' 'kthreadd 2 0-7' "$("$guest/occupants" kthreads 6-7)"
  check_match 'interrupts are seen' 'virtio' "$("$guest/occupants" interrupts 0-7)"
}

slices() {
  check_unseen
  check 'start' start guest || return
  check_domain_on guest 6 7
  allow 0-5
  check_host_kept_off 6-7
  check_domain_on guest 6 7
  allow 0-7
  destroy guest
  forget_allowed
}

# exclusive CPUS FILE...: from the top down, as the kernel wants it.
exclusive() {
  local file cpus=$1
  shift
  for file in "$@"; do
    echo "$cpus" >"$file/cpuset.cpus.exclusive" || return
  done
}

partition() {
  local top number
  check 'start' start guest || return
  top=$(scope guest)
  exclusive 6-7 /sys/fs/cgroup/machine.slice "$top" "$top/libvirt"
  for number in 0 1; do
    exclusive $((6 + number)) "$top/libvirt/vcpu$number"
    echo isolated >"$top/libvirt/vcpu$number/cpuset.cpus.partition"
  done
  check_partition guest 6-7
  check_host_kept_off 6-7
  check_free_of kthreads 6-7
  check_workqueues_off 6-7
  check_domain_on guest 6 7
  destroy guest
  echo '' >/sys/fs/cgroup/machine.slice/cpuset.cpus.exclusive
}

lab_begin
policy guest
scenario 'slices' slices
if kernel_at_least 6.7; then
  scenario 'a partition for each virtual CPU' partition
else
  tap_case_skip 'a partition for each virtual CPU' 'the kernel is older than 6.7'
fi
tap_end
