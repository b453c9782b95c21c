# shellcheck shell=bash
# A private libvirtd for examples and tests: real hooks, real QEMU (emulated, no KVM), real huge pages; no
# systemd, no D-Bus. Sourced, as root:
#
#   . examples/private-libvirtd.sh
#   private_lacks && exit 77                         # prints what this machine lacks, if anything
#   private_begin
#   private_create one build/hook/hostlease-hook               # [folder whose *.toml become /etc/hostlease]
#   private_start one
#   private_virsh one create "$PWD/domain.xml" --paused
#   private_run one "$PWD/build/hook/hostlease" status
#
# Each instance has its own namespaces (mounts, processes, host name) with its own /run, /etc/hostlease and
# libvirt folders, which the caller sees as $private_dir/NAME/{run,policies,etc,lib,log,cache}. The machine's
# libvirt, its domains and its policies are invisible and not changed. Huge pages of 2 MiB are mounted at
# /run/hp2M. Process ids are those of the instance.
#
# At the end of the script, even after a signal, all processes of the instances are killed, the pools of huge
# pages get back their former size, and the folder is removed: by a trap, or, if the script is killed by
# SIGKILL, by a guard process.

private_library=$(realpath "${BASH_SOURCE[0]}")
private_nodes=/sys/devices/system/node
private_pool_name=hugepages/hugepages-2048kB
# Set it to keep QEMU's probed capabilities between runs; probing takes about 2 s.
: "${private_cache=}"
# Seconds for each virsh call and each command in an instance.
: "${private_timeout=60}"
private_dir=
private_guard=
declare -A private_jobs=()
private_enter=(nsenter --mount --uts --pid --target)

# ---- the machine ----

# Succeeds, and says what is missing, if the machine lacks something.
private_lacks() {
  local program
  [ "$(id -u)" -eq 0 ] || { echo 'not root'; return; }
  for program in /usr/sbin/libvirtd virsh qemu-system-x86_64 unshare nsenter setsid flock; do
    command -v "$program" >/dev/null || { echo "no $program"; return; }
  done
  private_pools_writable || { echo 'no writable pool of 2 MiB huge pages'; return; }
  unshare --mount --uts --pid --fork --propagation private true 2>/dev/null ||
    { echo 'no namespaces'; return; }
  grep -qw overlay /proc/filesystems || { echo 'no overlay file system'; return; }
  [ "$(awk '/^MemAvailable/ {print $2}' /proc/meminfo)" -gt $((2 << 20)) ] ||
    { echo 'less than 2 GiB of memory'; return; }
  return 1
}

private_pools_writable() {
  local file=$private_nodes/node0/$private_pool_name/nr_hugepages pages
  { read -r pages <"$file" && echo "$pages" >"$file"; } 2>/dev/null
}

# One line per node: name, total pages, free pages, surplus pages.
private_pool() {
  local pool node
  for pool in "$private_nodes"/node*/"$private_pool_name"; do
    node=${pool#"$private_nodes"/}
    echo "${node%%/*} $(<"$pool/nr_hugepages") $(<"$pool/free_hugepages") $(<"$pool/surplus_hugepages")"
  done
}

private_begin() {
  umask 022
  trap private_end EXIT
  trap 'exit 129' HUP
  trap 'exit 130' INT
  trap 'exit 143' TERM
  private_dir=$(mktemp -d /tmp/private-libvirtd.XXXXXX) || return
  # shellcheck disable=SC2016 # expanded by the shell that is started
  setsid bash -c '. "$1"; private_guard "$2" "$3"' guard "$private_library" $$ "$private_dir" </dev/null \
    >/dev/null 2>&1 &
  private_guard=$!
  disown
  private_wait 900 test -d "$private_dir/.pools" || { echo 'another run does not end' >&2; return 1; }
}

# Outlives a killed script. It holds the lock that allows one run at a time on the machine, because all runs
# use the same pools; a child that the script left behind must not hold it.
private_guard() {
  local lock
  exec {lock}<"$private_nodes/node0/$private_pool_name"
  until flock --timeout 1 "$lock"; do
    private_lives "/proc/$1" || { rm -r "$2"; exit; }
  done
  private_save_pools "$2/.pools"
  while private_lives "/proc/$1"; do sleep 0.2 {lock}<&-; done
  private_clean_up "$2"
}

private_save_pools() {
  local node
  mkdir "$1.new"
  for node in "$private_nodes"/node[0-9]*; do
    cat "$node/$private_pool_name/nr_hugepages" >"$1.new/${node##*/}"
  done
  mv "$1.new" "$1"
}

private_end() {
  trap - EXIT
  trap '' HUP INT TERM
  [ -n "$private_dir" ] || return 0
  private_keep_cache
  private_clean_up "$private_dir"
  [ -z "$private_guard" ] || kill -KILL "$private_guard"
  private_dir=
  private_guard=
}

private_clean_up() {
  local folder
  for folder in "$1"/*/; do
    private_end_processes "${folder%/}"
  done
  private_restore_pools "$1/.pools"
  rm -rf --one-file-system "$1"
}

# The holder is the first process of the instance's namespace: with it, the kernel kills the others.
private_end_processes() {
  local holder namespace
  { read -r holder namespace <"$1/holder"; } 2>/dev/null || return 0
  [ "$(readlink "/proc/$holder/ns/pid")" = "$namespace" ] || return 0
  kill -KILL "$holder"
  private_wait 30 private_gone "/proc/$holder"
}

private_restore_pools() {
  local saved file
  for saved in "$1"/node*; do
    file=$private_nodes/${saved##*/}/$private_pool_name/nr_hugepages
    [ ! -e "$file" ] || [ "$(<"$file")" = "$(<"$saved")" ] || cat "$saved" >"$file"
  done
}

# ---- instances ----

# private_create NAME HOOK [POLICY_FOLDER]: the instance's folders, configuration and namespaces.
private_create() {
  local folder=$private_dir/$1
  mkdir -p "$folder"/{etc/hooks/qemu.d,lib/qemu,log/qemu,cache/qemu,run,policies,shipped,shadow} || return
  install -m 0644 "$(dirname "$private_library")"/../policies/*.toml "$folder/shipped/" || return
  private_configure "$folder" || return
  private_install_hook "$1" "$2" || return
  [ -z "${3-}" ] || install -o root -g root -m 0644 "$3"/*.toml "$folder/policies/" || return
  [ ! -d "$private_cache" ] || cp -a "$private_cache" "$folder/cache/qemu/capabilities" || return
  # shellcheck disable=SC2016 # expanded by the shell that is started
  private_detached "$folder/holder.log" unshare --mount --uts --pid --fork --propagation private \
    bash -c '. "$1"; private_hold "$2" "$3"' holder "$private_library" "$1" "$folder"
  private_wait 10 test -s "$folder/holder" || { cat "$folder/holder.log" >&2; return 1; }
}

# private_destroy NAME: ends all of its processes and removes its folder.
private_destroy() {
  private_end_processes "$private_dir/$1"
  rm -rf --one-file-system "${private_dir:?}/$1"
  unset "private_jobs[$1]"
}

private_configure() {
  cat >"$1/etc/qemu.conf" <<'CONF' || return
security_driver = "none"
user = "root"
group = "root"
dynamic_ownership = 0
remember_owner = 0
cgroup_controllers = [ ]
namespaces = [ ]
stdio_handler = "file"
hugetlbfs_mount = "/run/hp2M"
CONF
  cat >"$1/etc/libvirtd.conf" <<CONF
auth_unix_ro = "none"
auth_unix_rw = "none"
unix_sock_group = "root"
host_uuid = "$(</proc/sys/kernel/random/uuid)"
log_outputs = "3:file:/var/log/libvirt/libvirtd.log"
CONF
}

# private_install_hook NAME FILE: replaces the hook atomically, even while the daemon runs.
private_install_hook() {
  local hooks=$private_dir/$1/etc/hooks
  install -m 0755 "$2" "$hooks/.qemu.new" && mv "$hooks/.qemu.new" "$hooks/qemu"
}

# The paths that an instance has for itself: folder of the instance, path in its namespace.
private_places='etc /etc/libvirt
policies /etc/hostlease
shipped /usr/share/hostlease/policies
lib /var/lib/libvirt
log /var/log/libvirt
cache /var/cache/libvirt
run /run'

# Runs as the first process of the new namespaces, which live as long as it does. Adopts processes whose
# parent has ended, and reaps them.
private_hold() {
  local source target holder
  set -e
  read -r holder _ </proc/self/stat
  mount -t tmpfs none "$2/shadow"
  while read -r source target; do private_shadow "$2/shadow/$source" "$target"; done <<<"$private_places"
  while read -r source target; do mount --bind "$2/$source" "$target"; done <<<"$private_places"
  private_add_user "$2" libvirt-qemu
  mount -t proc none /proc
  mkdir -p /run/hp2M
  mount -t hugetlbfs -o pagesize=2M none /run/hp2M
  hostname "$1"
  echo "$holder $(readlink /proc/self/ns/pid)" >"$2/holder.new"
  mv "$2/holder.new" "$2/holder"
  sleep infinity &
  wait
}

# A path that does not exist on the machine is created in an overlay of its parent, never on the machine.
private_shadow() {
  local parent=$2
  while ! [ -d "$parent" ]; do parent=$(dirname "$parent"); done
  [ "$parent" != "$2" ] || return 0
  mkdir "$1" "$1.work"
  mount -t overlay -o "lowerdir=$parent,upperdir=$1,workdir=$1.work" none "$parent"
  mkdir -p "$2"
}

# The daemon looks up its QEMU user before it checks whether it is root: a package with only the daemon does
# not create that user. Uses an unused user number.
private_add_user() {
  ! getent passwd "$2" >/dev/null || return 0
  { cat /etc/passwd && echo "$2:x:64055:64055::/:/usr/sbin/nologin"; } >"$1/passwd"
  { cat /etc/group && echo "$2:x:64055:"; } >"$1/group"
  mount --bind "$1/passwd" /etc/passwd
  mount --bind "$1/group" /etc/group
}

# private_detached LOG COMMAND...: in the background, without the files and pipes of this script, and unknown
# to its `wait`.
private_detached() {
  local log=$1
  shift
  (
    for fd in /proc/self/fd/*; do
      [ "${fd##*/}" -le 2 ] || eval "exec ${fd##*/}>&-"
    done
    trap - HUP INT TERM
    exec setsid "$@"
  ) </dev/null >>"$log" 2>&1 &
  disown
}

private_keep_cache() {
  local capabilities
  [ -n "$private_cache" ] && ! [ -e "$private_cache" ] || return 0
  for capabilities in "$private_dir"/*/cache/qemu/capabilities; do
    [ -n "$(ls -A "$capabilities" 2>/dev/null)" ] || continue
    mkdir -p "$(dirname "$private_cache")"
    cp -a "$capabilities" "$private_cache.$$" && mv -T "$private_cache.$$" "$private_cache"
    return
  done
}

# ---- the daemon ----

private_start() {
  local folder=$private_dir/$1
  # shellcheck disable=SC2016 # expanded by the shell that is started
  private_detached "$folder/libvirtd.log" "${private_enter[@]}" "$(private_holder "$1")" -- \
    bash -c 'echo $$ >/run/private-libvirtd.pid && exec /usr/sbin/libvirtd'
  private_jobs[$1]=$!
  private_wait 30 private_answers_or_ended "$1"
  private_answers "$1" || { tail -n 20 "$folder/libvirtd.log" "$folder/log/libvirtd.log" >&2; return 1; }
}

private_answers() {
  timeout --foreground 2 virsh -q -c "$(private_uri "$1")" version >/dev/null 2>&1
}

private_answers_or_ended() {
  private_answers "$1" || ! private_lives "/proc/${private_jobs[$1]}"
}

# The daemon's process.
private_pid() {
  cat "$private_dir/$1/run/private-libvirtd.pid"
}

# private_stop NAME [SIGNAL]: succeeds even if the daemon has already died.
private_stop() {
  local job=${private_jobs[$1]-}
  [ -n "$job" ] || return 0
  private_signal "$1" "${2-TERM}" "$(private_pid "$1")" 2>/dev/null
  private_wait 60 private_gone "/proc/$job" || return
  unset "private_jobs[$1]"
}

private_kill() {
  private_stop "$1" KILL
}

# private_restart NAME [SIGNAL]
private_restart() {
  private_stop "$1" "${2-TERM}" && private_start "$1"
}

private_uri() {
  echo "qemu+unix:///system?socket=$private_dir/$1/run/libvirt/libvirt-sock"
}

# private_virsh NAME ARGUMENT...
private_virsh() {
  timeout --foreground --kill-after 5 "$private_timeout" virsh -q -c "$(private_uri "$1")" "${@:2}"
}

# private_run NAME COMMAND [ARGUMENT...]: in the instance's namespaces; the working folder is /.
private_run() {
  timeout --foreground --kill-after 5 "$private_timeout" "${private_enter[@]}" "$(private_holder "$1")" -- \
    "${@:2}"
}

private_holder() {
  local holder
  read -r holder _ <"$private_dir/$1/holder" && echo "$holder"
}

# private_qemu_pid NAME DOMAIN
private_qemu_pid() {
  cat "$private_dir/$1/run/libvirt/qemu/$2.pid"
}

# private_signal NAME SIGNAL PID
private_signal() {
  private_run "$1" kill -s "$2" "$3"
}

# private_alive NAME PID
private_alive() {
  private_lives "/proc/$(private_holder "$1")/root/proc/$2"
}

private_dead() {
  ! private_alive "$@"
}

# private_lives FOLDER_IN_PROC: a process that has ended and waits for its parent does not count as alive.
private_lives() {
  local line
  # a bare return in a trap's function returns the script's exit status
  { read -r line <"$1/stat"; } 2>/dev/null || return 1
  line=${line##*) }
  [ "${line%% *}" != Z ]
}

private_gone() {
  ! private_lives "$1"
}

# private_wait SECONDS COMMAND [ARGUMENT...]: until the command succeeds; fails at the deadline.
private_wait() {
  local deadline=$((${EPOCHREALTIME/[.,]/} + $1 * 1000000))
  shift
  until "$@"; do
    [ "${EPOCHREALTIME/[.,]/}" -lt "$deadline" ] || return 1
    sleep 0.02
  done
}
