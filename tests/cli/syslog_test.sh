#!/bin/bash
# syslog_test.sh HOOK: where no journal listens, syslog is told; where neither does, the call goes on.
here=$(cd "$(dirname "$0")" && pwd)
# shellcheck source=../support/tap.sh
. "$here/../support/tap.sh"
hook=$(realpath "$1")
[ "$(id -u)" = 0 ] || tap_skip_all 'not root'
unshare -m true 2>/dev/null || tap_skip_all 'no mount namespace can be made here'
folder=$(mktemp -d) || exit
trap 'rm -rf "$folder"' EXIT
mkdir "$folder/etc"
cat >"$folder/vm.xml" <<'XML'
<domain type='kvm'><name>guest</name><uuid>0dd0dd0d-0000-4000-8000-00000005e510</uuid><memory unit='KiB'>1024</memory>
<os><type>hvm</type></os></domain>
XML
mkdir "$folder/etc/hostlease"
printf 'version = 1\n[no-such-table]\n' >"$folder/etc/hostlease/guest.toml"

# Prints the messages of COMMAND to /dev/log, one for each line.
listen() {
  python3 - "$@" <<'PYTHON'
import socket, subprocess, sys
log = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
log.bind("/dev/log")
status = subprocess.call(sys.argv[1:])
log.setblocking(False)
try:
    while True:
        print(log.recv(65536).decode())
except BlockingIOError:
    sys.exit(status)
PYTHON
}

call() {
  "$hook" guest prepare begin - <"$folder/vm.xml" 2>"$folder/said"
}

# In the namespace: on a host with this policy and without a journal.
alone() {
  mount --bind "$folder/etc" /etc && mount -t tmpfs tmpfs /run && mount -t tmpfs tmpfs /dev && "$@"
}

namespace() {
  unshare -m --propagation private bash -c '"$@"' bash "$@"
}

tells_syslog() {
  local told status=0
  told=$(namespace alone listen bash -c call) || status=$?
  check_equal 'the start is refused' 2 "$status"
  check_match 'in one line' "^<[0-9]+>.* hostlease\[[0-9]+\]: prepare of VM 'guest'.*no-such-table.*HOSTLEASE_DOMAIN=guest" "$told"
}

goes_on() {
  local status=0
  namespace alone call || status=$?
  check_equal 'the start is refused' 2 "$status"
  check_match 'libvirt is told' 'no-such-table' "$(<"$folder/said")"
}

export folder hook
export -f alone call listen
tap_case 'without a journal, syslog has the entries' tells_syslog
tap_case 'without either, libvirt has the reason all the same' goes_on
tap_end
