#!/bin/bash
# syslog_test.sh HOOK: the hook logs to the journal, or to syslog if there is no journal; if neither exists or
# accepts entries, the call continues.
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
<domain type='kvm'><name>guest</name><uuid>0dd0dd0d-0000-4000-8000-00000005e510</uuid>
<memory unit='KiB'>1024</memory>
<os><type>hvm</type></os></domain>
XML
mkdir "$folder/etc/hostlease"
printf 'version = 1\nmatch.domain = "*"\n[no-such-table]\n' >"$folder/etc/hostlease/guest.toml"

# Prints the messages that COMMAND sends to /dev/log, one per line.
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

# Prints the entries that COMMAND sends to the journal: name=value; '|' replaces line ends in
# values.
listen_as_journal() {
  python3 - "$@" <<'PYTHON'
import array, mmap, os, socket, struct, subprocess, sys
os.makedirs("/run/systemd/journal")
journal = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
journal.bind("/run/systemd/journal/socket")
status = subprocess.call(sys.argv[1:])
journal.setblocking(False)

def fields(data):
    while data:
        line, data = data.split(b"\n", 1)
        if b"=" in line:
            yield line.decode()
        else:
            size, = struct.unpack("<Q", data[:8])
            yield line.decode() + "=" + data[8:8 + size].decode().replace("\n", "|")
            data = data[9 + size:]

try:
    while True:
        data, files, _, _ = socket.recv_fds(journal, 1 << 20, 1)
        if files:
            data = os.pread(files[0], 1 << 24, 0)
            print("FILE=" + str(len(data)))
        print("\n".join(fields(data)))
except BlockingIOError:
    sys.exit(status)
PYTHON
}

# full SOCKET COMMAND...: runs COMMAND while the socket accepts nothing; prints its duration in seconds.
full() {
  python3 - "$@" <<'PYTHON'
import os, socket, subprocess, sys, time
os.makedirs(os.path.dirname(sys.argv[1]), exist_ok=True)
service = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
service.bind(sys.argv[1])
client = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
client.setblocking(False)
try:
    while True:
        client.sendto(b"x", sys.argv[1])
except BlockingIOError:
    pass
began = time.monotonic()
status = subprocess.call(["timeout", "-s", "KILL", "30"] + sys.argv[2:])
print(int(time.monotonic() - began))
sys.exit(status)
PYTHON
}

call_as() {
  "$hook" "$1" prepare begin - <"$folder/vm.xml" 2>"$folder/said"
}

call() {
  call_as guest
}

call_much() {
  call_as "$(printf 'two\nlines%0110000d' 0)"
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
  check_match 'in one line' \
    "^<[0-9]+>.* hostlease\[[0-9]+\]: prepare of VM 'guest'.*no-such-table.*HOSTLEASE_DOMAIN=guest" "$told"
}

goes_on() {
  local status=0
  namespace alone call || status=$?
  check_equal 'the start is refused' 2 "$status"
  check_match 'libvirt is told' 'no-such-table' "$(<"$folder/said")"
}

tells_journal() {
  local told status=0
  told=$(namespace alone listen_as_journal bash -c call) || status=$?
  check_equal 'the start is refused' 2 "$status"
  check_match 'the message' "(^|
)MESSAGE=prepare of VM 'guest': .*no-such-table" "$told"
  check_match 'the fields' "
PRIORITY=3
SYSLOG_IDENTIFIER=hostlease
HOSTLEASE_DOMAIN=guest" "$told"
}

# The name is in the message and in a field: together they exceed the size of a datagram.
tells_journal_much() {
  local told
  told=$(namespace alone listen_as_journal bash -c call_much)
  check_match 'a value of two lines' "
HOSTLEASE_DOMAIN=two\|lines0000" "$told"
  check_match 'what is too large comes as a file' "(^|
)FILE=2[0-9]{5}
MESSAGE=prepare of VM 'two\|lines00" "$told"
}

waits_for_nobody() {
  local socket took status
  for socket in /run/systemd/journal/socket /dev/log; do
    status=0
    took=$(namespace alone full "$socket" bash -c call) || status=$?
    check_equal "the start is refused while $socket takes nothing" 2 "$status"
    check_equal "within two seconds" 0 "$((took / 2))"
  done
}

export folder hook
export -f alone call call_as call_much full listen listen_as_journal
tap_case 'without a journal, syslog has the entries' tells_syslog
tap_case 'the journal has the entries' tells_journal
tap_case 'the journal has entries of several lines, and large ones' tells_journal_much
tap_case 'a service that takes nothing keeps no call waiting' waits_for_nobody
tap_case 'without either, libvirt still gets the reason' goes_on
tap_end
