# shellcheck shell=bash
# Functions that the scenarios share. Sourced by each, in a host of the lab:
#
#   . "$(dirname "$0")/../guest/support.sh"
#   lab_begin                           # installs hostlease, and takes a snapshot of the host as the baseline
#   scenario 'what happens' function    # a case: its checks, and a comparison of the host with the baseline
#   tap_end
#
# Domains have no operating system: they exist for their effects on the host. A domain of 64 MiB needs 32
# pages of 2 MiB.

guest=$(realpath "$(dirname "${BASH_SOURCE[0]}")")
# shellcheck source=tests/support/tap.sh
. "$guest/../../support/tap.sh"
# shellcheck source=tests/lab/guest/checks.sh
. "$guest/checks.sh"
state=/run/lab-test
mkdir -p $state
at=() # a command that runs others with the files of another daemon: see second_daemon.sh

# ---- the host ----

# The tree from `meson install`, and the libraries that this host lacks. The hook is a link, as `hostlease
# install-hook` creates it; the daemon already knows that there is a hook.
install_hostlease() {
  local folder=/lab/installed library
  cp -a $folder/. /
  ln -sf "$(type -P hostlease-hook)" /etc/libvirt/hooks/qemu
  [ ! -d /usr/local/share/hostlease ] || ln -sfT ../local/share/hostlease /usr/share/hostlease
  # The programs were built on another system: Debian 13's libtinyxml2 differs from Debian 12's.
  for library in /lab/libraries/*; do
    [ ! -e "$library" ] || cp "$library" /usr/local/lib/
  done
  ldconfig
  mkdir -p /etc/hostlease
  hash -r
}

# lab_begin: skips a scenario whose programs need a newer C library; other reasons why they do not run are
# failures.
lab_begin() {
  local said
  install_hostlease
  if ! said=$(hostlease --version 2>&1); then
    if [[ $said == *GLIBC* ]]; then tap_skip_all "built for another system: ${said##*: }"; fi
    tap_note "$said"
    exit 1
  fi
  take_baseline
}

# irqbalance must not undo an administrator's settings at run time: for scenarios that look at
# interrupts.
without_irqbalance() {
  systemctl stop irqbalance
}

kernel_at_least() {
  [ "$(printf '%s\n' "$1" "$(uname -r)" | sort -V | head -n 1)" = "$1" ]
}

# ---- cases ----

take_baseline() {
  "$guest/snapshot" take >$state/baseline
}

# compare_snapshot: prints differences to the baseline. Some things end by themselves a moment later;
# irqbalance reports its ban list at its next look at the interrupts, which happens every ten seconds.
compare_snapshot() {
  local end=$((SECONDS + 20))
  until "$guest/snapshot" take >$state/now &&
    "$guest/snapshot" compare $state/baseline $state/now >$state/differences; do
    if [ "$SECONDS" -ge "$end" ]; then
      cat $state/differences
      return 1
    fi
    sleep 1
  done
}

check_baseline() {
  local differences
  differences=$(compare_snapshot) || tap_fail 'the host is not as it was' "$differences"
}

scenario() {
  local name=$1
  shift
  tap_case "$name" and_back "$@"
  [ -z "$tap_case_failed" ] || start_over "$name"
}

and_back() {
  "$@" || tap_fail "$1 failed"
  check_baseline
}

# Removes what a failed case left behind, so that the next one does not fail.
start_over() {
  local name
  tap_heading "after $1"
  journalctl -t hostlease -n 30 --no-pager -o cat >&2
  hostlease status >&2
  systemctl start libvirtd irqbalance
  for name in $(virsh -q list --all --name); do
    virsh -q destroy "$name" >&2
    virsh -q undefine "$name" --managed-save >&2
  done 2>/dev/null
  hostlease reconcile >&2
  take_baseline
}

# wait_for SECONDS COMMAND [ARGUMENT...]
wait_for() {
  local end=$((SECONDS + $1))
  shift
  until "$@"; do
    [ "$SECONDS" -lt "$end" ] || return 1
    sleep 0.1
  done
}

# ---- domains and policies ----

# domain NAME [KEY=TEXT...]: prints the path of its XML. TEXT replaces @KEY@ in the template. The emulator is
# on the node of the memory: QEMU 7.2 and later fill the pages from CPUs of that node, and fail if their
# cgroup has none of them.
domain() {
  local xml pair file=$state/$1.xml template=pinned
  for pair in "${@:2}"; do
    [ "${pair%%=*}" != TEMPLATE ] || template=${pair#*=}
  done
  xml=$(<"$guest/domains/$template.xml")
  for pair in "${@:2}" NAME="$1" VCPUS=2 MIB=64 PAGE_KIB=2048 NODE=1 CPU0=6 CPU1=7 EMULATOR=4-5; do
    xml=${xml//"@${pair%%=*}@"/"${pair#*=}"}
  done
  printf '%s\n' "$xml" >"$file"
  echo "$file"
}

# policy NAME [LINE...]: a policy with these lines and huge pages as in the XML.
policy() {
  printf '%s\n' 'version = 1' "${@:2}" '[hugepages]' 'reserve = "auto"' 'host_free_min = "64MiB"' \
    'deadline = "3s"' \
    >"/etc/hostlease/$1.toml"
}

# start NAME [KEY=TEXT...]: starts it with stopped virtual CPUs.
start() {
  virsh -q create "$(domain "$@")" --paused >&2
}

destroy() {
  at_daemon virsh -q destroy "$1" >&2
}

# at_daemon COMMAND [ARGUMENT...]: with the files of the libvirt daemon that is looked at.
at_daemon() {
  "${at[@]}" "$@"
}

qemu_pid() {
  at_daemon cat "/run/libvirt/qemu/$1.pid"
}

# scope NAME: the cgroup of the domain.
scope() {
  sed -n 's/^0:://p' "/proc/$(qemu_pid "$1")/cgroup" | sed 's|\(\.scope\).*|\1|; s|^|/sys/fs/cgroup|'
}

leases() {
  at_daemon hostlease status --json | jq '.leases | arrays | length'
}

has_leases() {
  [ "$(leases)" = "$1" ]
}
