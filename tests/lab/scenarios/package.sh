#!/bin/bash
# The Debian package: installed beside another hook, upgraded and removed while a VM runs, purged.
set -u
# shellcheck source=tests/lab/guest/support.sh
. "$(dirname "$0")/../guest/support.sh"
# shellcheck source=tests/lab/guest/package.sh
. "$guest/package.sh"

install_it() {
  check 'install' apt_quietly install ./packages/hostlease_*.deb || return
  check_equal 'the hook' /usr/sbin/hostlease-hook "$(readlink /etc/libvirt/hooks/qemu.d/10-hostlease)"
  check_equal "somebody's hook" "$theirs" "$(md5sum /etc/libvirt/hooks/qemu)"
  check 'the unit is enabled' systemctl -q is-enabled hostlease-reconcile.service
  check 'the timer runs' systemctl -q is-active hostlease-reconcile.timer
}

# leased: everything that the VM leases is in force, without findings.
leased() {
  check_leases 1
  check_pages 2048 0 32
  check_verify
}

upgrade_below_a_vm() {
  policy guest '[memory]' 'swappiness = 10'
  check 'start' start guest || return
  leased
  check 'upgrade' apt_quietly install --reinstall ./packages/hostlease_*.deb
  leased
  check_fails 'removal below a VM' apt_quietly remove hostlease
  leased
  check_exists 'the hook' /etc/libvirt/hooks/qemu.d/10-hostlease
  destroy guest
  check_leases 0
}

purge() {
  check 'purge' apt_quietly purge hostlease
  check_equal 'what is left' '' "$(diff <(echo "$before") <(files))"
  check_missing 'the ledger' /run/hostlease
  check_equal "somebody's hook" "$theirs" "$(md5sum /etc/libvirt/hooks/qemu)"
  check 'a VM without pages' start plain PAGE_KIB=4
  destroy plain
}

install_libraries
theirs=$(md5sum /etc/libvirt/hooks/qemu)
before=$(files)
take_baseline
scenario 'installed' install_it
scenario 'upgraded, but not removed, while a VM runs' upgrade_below_a_vm
scenario 'purged' purge
tap_end
