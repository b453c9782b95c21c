# shellcheck shell=bash
# The hosts of the lab, their content, and the cache for what is built. Sourced.
# shellcheck disable=SC2034 # read by the scripts that source this

lab=$(realpath "$(dirname "${BASH_SOURCE[0]}")")
cache=${HOSTLEASE_LAB_CACHE:-${XDG_CACHE_HOME:-${HOME:-/root}/.cache}/hostlease-lab}
lab_hosts='debian-12 debian-12-backports debian-13'

# host_settings HOST: sets suite and kernel_suites.
host_settings() {
  host=$1
  case $host in
    debian-12) suite=bookworm kernel_suites='bookworm bookworm-security' ;;
    # the same system with a kernel that supports remote cpuset partitions
    debian-12-backports) suite=bookworm kernel_suites=bookworm-backports ;;
    debian-13) suite=trixie kernel_suites='trixie trixie-security' ;;
    *) fail "no host is called $host, there are: $lab_hosts" ;;
  esac
}

# Eight CPUs: 2 sockets x 2 cores x 2 threads, one NUMA node per socket.
sockets=2 cores=2 threads=2
cpus=$((sockets * cores * threads))
# With at least 5 GB, node 0 has room for a page of 1 GiB that is requested at run time.
node_mib=5120

packages=systemd,systemd-sysv,dbus,udev,kmod,libvirt-daemon-system,libvirt-clients,qemu-system-x86,irqbalance
packages+=,iproute2,procps,util-linux,strace,jq,libstdc++6,python3-minimal,e2fsprogs
packages+=,ansible-core,python3-apt,rt-tests

say() {
  echo "lab: $*" >&2
}

fail() {
  say "$*"
  exit 1
}

# Something is missing on this machine, which is no error of the project: the tests treat this exit status as
# a skip.
cannot_be_had() {
  say "$*"
  exit 77
}

# mirror archive|security: Debian's mirror according to this machine's apt; fails if it has none.
mirror() {
  local pattern='/debian/*$' sites
  [ "$1" != security ] || pattern='debian-security/*$'
  # shellcheck disable=SC2016 # apt fills it in
  sites=$(apt-get indextargets --format '$(SITE)' 2>/dev/null | sort -u)
  grep -m 1 "$pattern" <<<"$sites"
}

# Prints why there can be no lab on this machine; fails if there can.
lab_lacks() {
  local command missing='' available
  if [ "$(id -u)" != 0 ]; then
    echo 'not root'
    return
  fi
  for command in qemu-system-x86_64 qemu-img mmdebstrap dpkg-deb apt-get iasl busybox cpio zstd mke2fs \
    depmod setpriv flock; do
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

# key TEXT...: the part of a folder's name that identifies its sources.
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

# A folder in the cache is written under a temporary name, and renamed when it is complete. The lock on it
# ends with the process that writes it, however that ends.
new_folder() {
  with_lock folders make_folder
}

make_folder() {
  folder=$(mktemp -d "$cache/tmp.XXXXXX")
  exec {folder_lock}<"$folder"
  flock "$folder_lock"
}

# publish NAME: publishes the folder from new_folder.
publish() {
  mv -T "$folder" "$cache/$1"
  exec {folder_lock}<&-
}

# Removes leftovers of killed runs, and folders that were unused for a week: usually those of another
# revision.
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

# Marks the folder in the cache as used by its time.
in_use() {
  touch "$cache/$1"
}
