#!/bin/bash
# A saved domain has no lease; when it is restored, it gets one again. After a restart of the host, nothing of
# a lease is left: all of it is in the kernel and in temporary file systems.
set -u
# shellcheck source=tests/lab/guest/support.sh
. "$(dirname "$0")/../guest/support.sh"

managed_save() {
  virsh -q define "$(domain saved)" >&2
  check 'start' virsh -q start saved --paused || return
  check_pages 2048 0 32
  check 'save' virsh -q managedsave saved --paused
  check_leases 0
  check_baseline
  check 'restore' virsh -q start saved --paused || return
  check_pages 2048 0 32
  check_governor 6-7 performance "$governor"
  check_verify
  destroy saved
  virsh -q undefine saved >&2
}

# on_disks: files newer than the stamp on persistent file systems, except logs and state of libvirt and
# systemd.
on_disks() {
  find / -xdev -newer "${state:?}/stamp" -type f \
    -not -path '/var/log/*' -not -path '/var/lib/libvirt/*' -not -path '/var/cache/libvirt/*' \
    -not -path '/var/lib/systemd/*'
}

nothing_on_disks() {
  printf 'version = 1\nextends = "low-latency"\n' >/etc/hostlease/saved.toml
  touch "${state:?}/stamp"
  sleep 0.1
  check 'start' start saved || return
  check_host_kept_off 6-7
  check_equal 'files on disks' '' "$(on_disks)"
  check_equal 'the file system of the ledger' tmpfs "$(stat -f -c %T /run/hostlease)"
  destroy saved
}

lab_begin
governor=$(</sys/devices/system/cpu/cpu0/cpufreq/scaling_governor)
policy saved '[power]' 'governor = "performance"'
scenario 'managed save and restore' managed_save
scenario 'nothing of a lease is on a disk' nothing_on_disks
tap_end
