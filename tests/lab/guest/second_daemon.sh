# shellcheck shell=bash
# A second libvirt daemon on the host, with its own folders, hooks and ledger, as on another host; systemd,
# cgroups and pools of huge pages are those of the host. Sourced after support.sh.
#
#   start_second
#   in_second check_leases 1     # a function of support.sh or placed.sh, for the second daemon
#   stop_second

second=${state:?}/second
second_pid=

# What the second daemon has of its own: folder, and the place where it sees it.
second_places='etc /etc/libvirt
lib /var/lib/libvirt
run /run/libvirt
ledger /run/hostlease'

# A migration is refused between daemons with the same host name or UUID.
start_second() {
  mkdir -p "$second/run"
  install -d -m 0700 "$second/ledger" /run/hostlease
  cp -a /etc/libvirt "$second/etc"
  cp -a /var/lib/libvirt "$second/lib"
  rm -rf "$second"/etc/qemu/*
  echo 'stdio_handler = "file"' >>"$second/etc/qemu.conf"
  printf '%s\n' 'auth_unix_rw = "none"' \
    "host_uuid = \"$(</proc/sys/kernel/random/uuid)\"" >>"$second/etc/libvirtd.conf"
  # shellcheck disable=SC2016 # expanded by the shell that is started
  setsid unshare --mount --uts --propagation private bash -c '
    while read -r source target; do mount --bind "$1/$source" "$target"; done <<<"$2"
    hostname second
    exec libvirtd --pid-file "$1/pid"' second "$second" "$second_places" >"$second/log" 2>&1 </dev/null &
  second_pid=$!
  check 'the second daemon' wait_for 60 in_second second_answers || { cat "$second/log" >&2; return 1; }
}

second_answers() {
  [ -S "$second/run/libvirt-sock" ] && at_daemon virsh -q version >/dev/null 2>&1
}

stop_second() {
  kill "$second_pid"
  wait "$second_pid"
  rm -rf "$second"
}

in_second() {
  # shellcheck disable=SC2034 # of at_daemon
  local -a at=(nsenter --mount --uts --target "$second_pid")
  "$@"
}

second_uri() {
  echo "qemu+unix:///system?socket=$second/run/libvirt-sock"
}

# hold_second OPERATION: the next such call of its hook waits until hold is gone, and then there is held.
hold_second() {
  mkdir -p "$second/etc/hooks/qemu.d"
  cat >"$second/etc/hooks/qemu.d/90-hold" <<HOOK
#!/bin/bash
cat >/dev/null
[ "\$2" != $1 ] || [ ! -e $second/hold ] || touch $second/held
[ "\$2" != $1 ] || while [ -e $second/hold ]; do sleep 0.1; done
HOOK
  chmod +x "$second/etc/hooks/qemu.d/90-hold"
  touch "$second/hold"
}
