#!/bin/bash
# silent_systemd_test.sh HOOK: PID 1 accepts connections but never answers, like a crashed and frozen systemd.
# A start that needs it for slices ends nevertheless.
here=$(cd "$(dirname "$0")" && pwd)
# shellcheck source=../support/tap.sh
. "$here/../support/tap.sh"
hook=$(realpath "$1")
[ "$(id -u)" = 0 ] || tap_skip_all 'not root'
unshare -m true 2>/dev/null || tap_skip_all 'no mount namespace can be made here'
[ "$(nproc --all)" -ge 2 ] || tap_skip_all 'two CPUs are needed'
folder=$(mktemp -d) || exit
trap 'rm -rf "$folder"' EXIT
mkdir -p "$folder/etc/hostlease" "$folder/cgroup"
cat >"$folder/vm.xml" <<'XML'
<domain type='kvm'><name>guest</name><uuid>0dd0dd0d-0000-4000-8000-00000005e511</uuid>
<memory unit='KiB'>1024</memory>
<vcpu>1</vcpu><cputune><vcpupin vcpu='0' cpuset='1'/><emulatorpin cpuset='0'/></cputune>
<os><type>hvm</type></os></domain>
XML
printf '%s\n' 'version = 1' 'hugepages.reserve = "leave"' '[cpus]' 'isolate = "pinned"' 'method = "slices"' \
  >"$folder/etc/hostlease/guest.toml"
for unit in system.slice user.slice init.scope machine.slice; do
  mkdir "$folder/cgroup/$unit"
  echo >"$folder/cgroup/$unit/cpuset.cpus"
  echo 0-1 >"$folder/cgroup/$unit/cpuset.cpus.effective"
done
echo 'cpuset cpu io memory pids' >"$folder/cgroup/cgroup.controllers"
echo 0-1 >"$folder/cgroup/cpuset.cpus.effective"

# In the namespace: this host, with sockets of systemd and of the message bus that no process serves.
silent() {
  mount --bind "$folder/etc" /etc && mount -t tmpfs tmpfs /run &&
    mount --bind "$folder/cgroup" /sys/fs/cgroup || return
  mkdir -p /run/systemd/system /run/dbus
  python3 - "$@" <<'PYTHON'
import socket, subprocess, sys, time
listeners = []
for path in ("/run/systemd/private", "/run/dbus/system_bus_socket"):
    listeners.append(socket.socket(socket.AF_UNIX, socket.SOCK_STREAM))
    listeners[-1].bind(path)
    listeners[-1].listen(64)
began = time.monotonic()
status = subprocess.call(["timeout", "-s", "KILL", "100"] + sys.argv[1:])
print(int(time.monotonic() - began))
sys.exit(status)
PYTHON
}

call() {
  "$hook" guest "$1" "$2" - <"$folder/vm.xml" 2>>"$folder/said"
}

life() {
  call prepare begin && call start begin
}

starts() {
  local took status=0
  took=$(unshare -m --propagation private bash -c 'silent bash -c life') || status=$?
  check_equal 'a policy that is best-effort refuses nothing' 0 "$status"
  check_equal 'tens of seconds, one for all the units' 1 "$((took / 10))"
}

refuses() {
  local took status=0
  sed -i '/^\[cpus\]/a enforce = "required"' "$folder/etc/hostlease/guest.toml"
  took=$(unshare -m --propagation private bash -c 'silent bash -c life') || status=$?
  check_equal 'the start is refused' 1 "$status"
  check_equal 'tens of seconds' 1 "$((took / 10))"
  check_match 'in one line' \
    "^hostlease: VM 'guest': systemd did not set AllowedCPUs=0: [a-z.]*: Connection timed out$" \
    "$(<"$folder/said")"
}

export folder hook
export -f call life silent
tap_case 'a systemd that does not answer keeps no start waiting' starts
tap_case 'the start is refused if the slices are required' refuses
tap_end
