# shellcheck shell=bash
# Kills the hook (SIGKILL) in the middle of a call. Sourced after support.sh.

hook=/etc/libvirt/hooks/qemu
real=/usr/local/lib/real-hook

# Replaces the real hook by one that reads how and in which call to kill the real one, and whether to kill the
# daemon with it.
install_killer() {
  mv $hook $real
  cat >$hook <<HOOK
#!/bin/bash
read -r operation other way <${state:?}/kill || exec $real "\$@"
[ "\$2" = "\$operation" ] || exec $real "\$@"
\$way $real "\$@" && exit
[ "\$other" != daemon ] || kill -KILL \$PPID
exit 1
HOOK
  chmod +x $hook
  spared
}

# spared: from now on, nothing is killed.
spared() {
  : >"$state/kill"
}

# at_change OPERATION NUMBER [daemon]: kills before this number of a system call that may change something;
# optionally kills libvirt's daemon too, so that it makes no more calls for the domain.
at_change() {
  local calls=write,openat,renameat,renameat2,unlinkat,mkdirat
  echo "$1 ${3:-alone} strace -qq -o /dev/null -e trace=$calls -e inject=$calls:signal=KILL:when=$2" \
    >"$state/kill"
}

# after_moment OPERATION MILLISECONDS
after_moment() {
  echo "$1 alone timeout --foreground --signal KILL 0.$(printf %03d "$2")" >"$state/kill"
}
