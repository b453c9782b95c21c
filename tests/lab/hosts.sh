# shellcheck shell=bash
# The hosts of the lab, what is in them, and where what is built of them is kept. Sourced.
# shellcheck disable=SC2034 # read by the scripts that source this

lab=$(realpath "$(dirname "${BASH_SOURCE[0]}")")
cache=${HOSTLEASE_LAB_CACHE:-${XDG_CACHE_HOME:-${HOME:-/root}/.cache}/hostlease-lab}
lab_hosts='debian-12 debian-12-backports debian-13'

# host_settings HOST: sets suite and kernel_suites.
host_settings() {
  host=$1
  case $host in
    debian-12) suite=bookworm kernel_suites='bookworm bookworm-security' ;;
    # the same system with a kernel that has remote cpuset partitions
    debian-12-backports) suite=bookworm kernel_suites=bookworm-backports ;;
    debian-13) suite=trixie kernel_suites='trixie trixie-security' ;;
    *) fail "no host is called $host, there are: $lab_hosts" ;;
  esac
}

# Eight CPUs: 2 sockets x 2 cores x 2 threads, one NUMA node a socket.
sockets=2 cores=2 threads=2
cpus=$((sockets * cores * threads))
# From 5 GB on, node 0 has room for a page of 1 GiB that is asked for at run time.
node_mib=5120

packages=systemd,systemd-sysv,dbus,udev,kmod,libvirt-daemon-system,libvirt-clients,qemu-system-x86,irqbalance
packages+=,iproute2,procps,util-linux,strace,jq,libstdc++6,python3-minimal,e2fsprogs,ansible-core,python3-apt,rt-tests

say() {
  echo "lab: $*" >&2
}

fail() {
  say "$*"
  exit 1
}

# What is missing is not the project's fault: the tests take this exit status for a skip.
cannot_be_had() {
  say "$*"
  exit 77
}

# mirror archive|security: of Debian, as this machine's own apt has it; fails when it has none.
mirror() {
  local pattern='/debian/*$' sites
  [ "$1" != security ] || pattern='debian-security/*$'
  # shellcheck disable=SC2016 # apt fills it in
  sites=$(apt-get indextargets --format '$(SITE)' 2>/dev/null | sort -u)
  grep -m 1 "$pattern" <<<"$sites"
}

# Prints why there can be no lab on this machine; fails when there can.
lab_lacks() {
  local command missing='' available
  if [ "$(id -u)" != 0 ]; then
    echo 'not root'
    return
  fi
  for command in qemu-system-x86_64 qemu-img mmdebstrap dpkg-deb apt-get iasl busybox cpio zstd mke2fs depmod setpriv flock; do
    type -P "$command" >/dev/null || missing+=" $command"
  done
  if [ -n "$missing" ]; then
    echo "not installed:$missing"
    return
  fi
  if ! mirror archive >/dev/null || ! mirror security >/dev/null; then
    echo 'the apt of this machine knows no mirror of Debian and of its security updates'
    return
  fi
  available=$(awk '/^MemAvailable:/ { print int($2 / 1024) }' /proc/meminfo)
  if [ "$available" -lt 4096 ]; then
    echo "$available MiB of memory are available, 4096 are needed"
    return
  fi
  return 1
}

# key TEXT...: what a folder's name says about what it was made from.
key() {
  printf '%s\n' "$@" | sha256sum | cut -c 1-10
}

# with_lock NAME COMMAND [ARGUMENT...]
with_lock() {
  local lock
  exec {lock}>"$cache/$1.lock"
  flock "$lock"
  "${@:2}"
  exec {lock}>&-
}

# A folder of the cache is written under another name, and renamed when it is whole. The lock that its maker
# holds on it goes with the maker, however that ends.
new_folder() {
  with_lock folders make_folder
}

make_folder() {
  folder=$(mktemp -d "$cache/tmp.XXXXXX")
  exec {folder_lock}<"$folder"
  flock "$folder_lock"
}

# publish NAME: of the folder that new_folder made.
publish() {
  mv -T "$folder" "$cache/$1"
  exec {folder_lock}<&-
}

# What killed runs left behind, and what nobody has used for a week: another revision's, most likely.
clear_cache() {
  with_lock folders clear_folders
}

clear_folders() {
  local old
  for old in "$cache"/tmp.*; do
    [ ! -d "$old" ] || flock -n "$old" rm -rf "$old" || true
  done
  find "$cache" -mindepth 1 -maxdepth 1 -type d ! -name 'tmp.*' -mtime +7 -exec rm -rf {} +
}

# The cache's folder is used: its time says so.
in_use() {
  touch "$cache/$1"
}
