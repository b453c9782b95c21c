#!/bin/bash
# An upgrade from the previous version, whose ledger has format 1, and a downgrade to it, while VMs run.
set -u
# shellcheck source=tests/lab/guest/support.sh
. "$(dirname "$0")/../guest/support.sh"
# shellcheck source=tests/lab/guest/package.sh
. "$guest/package.sh"

new=$(find packages -name 'hostlease_*.deb')
previous=packages/previous.deb

install_package() {
  apt_quietly install --allow-downgrades --reinstall "./$1"
}

version_is() {
  check_equal 'version' "$(dpkg-deb -f "$1" Version)" "$(dpkg-query -W -f '${Version}' hostlease)"
}

# One VM with pages, partitions or slices, an interrupt mask and plain values; a second one that shares some.
policies() {
  policy one '[memory]' 'swappiness = 10' 'ksm = "off"' '[cpus]' 'isolate = "pinned"' '[irqs]' \
    'affinity = "housekeeping"' \
    '[power]' 'governor = "performance"'
  policy two '[memory]' 'swappiness = 20' '[kernel]' 'watchdog = "housekeeping"'
}

start_both() {
  check 'start of one' start one CPU0=6 CPU1=7 EMULATOR=5 &&
    check 'start of two' start two NODE=0 CPU0=2 CPU1=3 EMULATOR=1
}

# leased N: N VMs have everything that they claim.
leased() {
  check_leases "$1"
  check_verify
}

claims() {
  hostlease status --json |
    jq -S '[.leases[] | {domain, claims: [.claims[]? | {knob, target, value}] | sort}]'
}

upgrade_below_vms() {
  local before
  check 'previous version' install_package "$previous"
  version_is "$previous"
  policies
  start_both || return
  leased 2
  before=$(claims)
  check 'upgrade' install_package "$new"
  version_is "$new"
  check_equal 'what the VMs hold' "$before" "$(claims)"
  leased 2
  check 'reconcile' hostlease reconcile
  leased 2
  destroy two
  leased 1
  check 'start of two after the upgrade' start two NODE=0 CPU0=2 CPU1=3 EMULATOR=1
  leased 2
  check 'restart of the daemon' systemctl restart libvirtd
  check 'the daemon answers' wait_for 30 virsh -q dommemstat one
  leased 2
  destroy one
  destroy two
  check_leases 0
}

# The ledger, and both VMs' claims on the host.
ledger_and_host() {
  (cd /run/hostlease && sha256sum -- *)
  head -n 1 /proc/sys/vm/swappiness /proc/sys/kernel/watchdog_cpumask /sys/kernel/mm/ksm/run \
    /sys/devices/system/node/node*/hugepages/hugepages-2048kB/nr_hugepages
}

# A version that knows only format 1 reports each lease of format 2, and changes neither the ledger nor the
# host.
downgrade_below_vms() {
  local held before said lease
  policies
  start_both || return
  leased 2
  held=$(claims)
  check 'downgrade' install_package "$previous"
  version_is "$previous"
  before=$(ledger_and_host)
  said=$(hostlease verify 2>&1)
  check_equal 'what the previous version says' 2 \
    "$(grep -c 'this is format 2, and this version of hostlease knows 1' <<<"$said")"
  for lease in /run/hostlease/lease-*.toml; do
    check "that it names $lease" grep -q "$lease" <<<"$said"
  done
  check_equal 'the ledger and the host after verify' "$before" "$(ledger_and_host)"
  hostlease reconcile >&2
  check_equal 'the ledger and the host after reconcile' "$before" "$(ledger_and_host)"
  check 'upgrade' install_package "$new"
  check_equal 'what the VMs hold' "$held" "$(claims)"
  leased 2
  check 'reconcile' hostlease reconcile
  leased 2
  destroy one
  destroy two
  check_leases 0
}

purge() {
  check 'purge' apt_quietly purge hostlease
  check_missing 'the ledger' /run/hostlease
}

install_libraries
rm -f /etc/libvirt/hooks/qemu
take_baseline
scenario 'upgraded while VMs run' upgrade_below_vms
scenario 'downgraded while VMs run' downgrade_below_vms
scenario 'purged' purge
tap_end
