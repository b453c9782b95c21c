#!/bin/bash
# libvirt's daemon in its AppArmor profile: permissions of the hook as a link, and as a copy.
set -u
# shellcheck source=tests/lab/guest/support.sh
. "$(dirname "$0")/../guest/support.sh"
profile=/etc/apparmor.d/usr.sbin.libvirtd

load() {
  apparmor_parser -r $profile && systemctl restart libvirtd
}

is_confined() {
  check_match 'profile of the daemon' '^libvirtd \(enforce\)' "$(<"/proc/$(</run/libvirtd.pid)/attr/current")"
}

# leased SAID: the content of the file that the policy's program, in a path of the administrator, has written.
leased() {
  check 'start' start guest || return
  check_leases 1
  check_pages 2048 0 32
  check_governor 6-7 performance "$governor"
  check_verify
  check_equal 'the program of the policy' "$1" "$(cat /run/lab-said 2>/dev/null)"
  destroy guest
  check_leases 0
  rm -f /run/lab-said
}

linked() {
  is_confined
  leased unconfined
}

copied() {
  rm /etc/libvirt/hooks/qemu
  cp /usr/sbin/hostlease-hook /etc/libvirt/hooks/qemu
  leased ''
  check_match 'the journal' 'Permission denied' "$(journalctl -t hostlease --no-pager -o cat)"
}

# As described in hostlease-hook(7).
copied_with_a_rule() {
  echo '/usr/local/sbin/* PUx,' >/etc/apparmor.d/local/usr.sbin.libvirtd
  check 'load' load || return
  leased unconfined
  : >/etc/apparmor.d/local/usr.sbin.libvirtd
}

linked_from_elsewhere() {
  mkdir -p /usr/local/lib/hostlease
  cp /usr/sbin/hostlease-hook /usr/local/lib/hostlease/
  check_fails 'install-hook' hostlease install-hook /usr/local/lib/hostlease/hostlease-hook
  check 'install-hook' hostlease install-hook
  check_equal 'hook' /usr/sbin/hostlease-hook "$(readlink /etc/libvirt/hooks/qemu)"
}

dpkg -i packages/apparmor_*.deb >&2 || tap_skip_all 'apparmor cannot be installed'
cat >/usr/local/sbin/say-who <<'SCRIPT'
#!/bin/sh
cat /proc/self/attr/current >/run/lab-said
SCRIPT
chmod +x /usr/local/sbin/say-who
echo 'security_driver = "none"' >>/etc/libvirt/qemu.conf
load || exit
governor=$(</sys/devices/system/cpu/cpu0/cpufreq/scaling_governor)
mkdir -p /etc/hostlease
policy guest '[power]' 'governor = "performance"' '[[command]]' 'run = ["/usr/local/sbin/say-who"]'
lab_begin
scenario 'as a link: unconfined' linked
scenario 'as a copy: within the profile of the daemon' copied
scenario 'as a copy, with a rule' copied_with_a_rule
scenario 'a link to where the profile lets nothing start is refused' linked_from_elsewhere
tap_end
