#!/bin/bash
# instructions_test.sh BUILD_DIR COMPILER/OPTIONS: counts hostlease's instructions with valgrind, whose counts
# do not depend on other load. Compares them with instructions.txt, as ratios to programs of the same run and
# compiler, and with each other: twice the leases may cost at most twice as much, and a VM whose CPUs are
# chosen at most a fifth more than a pinned one. ACCEPT=1 accepts the current counts.
set -u
unset MALLOC_PERTURB_ # meson sets it randomly, and malloc then fills each block
here=$(realpath "$(dirname "$0")")
# shellcheck source=tests/support/tap.sh
. "$here/../support/tap.sh"
build=$(realpath "${1:?usage: $0 BUILD_DIR COMPILER/OPTIONS}") flavour=$2
table=$here/instructions.txt
tolerance=10 # percent: on another processor, the C library runs other code
hostlease=$build/hook/hostlease

lacks() {
  command -v valgrind >/dev/null || { echo 'valgrind is not installed'; return; }
  [ "$(uname -m)" = x86_64 ] || { echo "the figures are of x86_64, this is $(uname -m)"; return; }
  [[ $flavour == */optimization-[123]/*/sanitize-none/coverage-false ]] ||
    { echo 'the build is not optimised'; return; }
  return 1
}

# count INPUT COMMAND...: prints the number of instructions, without the kernel's.
count() {
  local input=$1 out
  shift
  out=$(mktemp "$work/count.XXXXXX")
  LD_PRELOAD=$build/tests/bench/libopenat2.so valgrind -q --tool=callgrind --callgrind-out-file="$out" "$@" \
    <"$input" >/dev/null 2>"$work/said" || { cat "$work/said" >&2; echo 0; return 1; }
  awk '/^summary:/ { print $2 }' "$out"
}

# domain CPU: an additional VM.
domain() {
  cat >"$work/new.xml" <<XML
<domain type='kvm'><name>new</name><uuid>0dd0dd0d-0000-4000-8000-0000000bec00</uuid><memory unit='GiB'>4</memory><vcpu>2</vcpu>
<cputune><vcpupin vcpu='0' cpuset='$1'/><vcpupin vcpu='1' cpuset='$(($1 + 1))'/></cputune><os><type arch='x86_64'>hvm</type></os></domain>
XML
}

# made_root NAME LEASES CPUS INTERRUPTS
made_root() {
  "$here/make-large-root" "$work/$1" "${@:2}"
  printf '%s\n' 'version = 1' 'memory.swappiness = 10' 'power.governor = "performance"' \
    >"$work/$1/etc/hostlease/new.toml"
}

# large_host: 4 nodes with 16 last-level caches each; each cache belongs to 8 cores with two threads.
large_host() {
  echo '# model: made'
  echo '# vendor: AuthenticAMD'
  echo '# memory: 1024 GiB a node'
  echo 'CPU NODE SOCKET CORE L1d:L1i:L2:L3 ONLINE MAXMHZ'
  awk 'BEGIN { for (cpu = 0; cpu < 1024; ++cpu) { core = cpu % 512
    print cpu, int(core / 128), int(core / 256), core, core ":" core ":" core ":" int(core / 8),
        "yes", "3700.0000" } }'
}

# small_vm NAME NUMBER [CPUTUNE]
small_vm() {
  printf '<domain type="kvm"><name>%s</name><uuid>0dd0dd0d-0000-4000-8000-0000000b%04d</uuid>' "$1" "$2"
  printf '<memory unit="GiB">1</memory><vcpu>2</vcpu>%s<os><type arch="x86_64">hvm</type></os></domain>\n' \
    "${3-}"
}

# placed_root NAME VMS: a large host on which the CPUs of this many VMs have been chosen.
placed_root() {
  local root=$work/$1 number
  large_host >"$work/large-host"
  "$here/../support/make-host" "$work/large-host" "$root"
  mkdir -p "$root/etc/hostlease"
  printf '%s\n' 'version = 1' 'match.domain = ["placed*"]' 'cpus.place = "auto"' \
    >"$root/etc/hostlease/placed.toml"
  printf '%s\n' 'version = 1' 'match.domain = ["pinned"]' 'cpus.isolate = "pinned"' \
    >"$root/etc/hostlease/pinned.toml"
  for ((number = 0; number < $2; ++number)); do
    small_vm "placed$number" "$number" |
      "$hostlease" hook --root "$root" "placed$number" prepare begin - 2>>"$work/said" || return
  done
}

# last_prepare NAME VM: counts for an additional VM. Removes its lease afterwards.
last_prepare() {
  count "$work/$2.xml" "$hostlease" hook --root "$work/$1" "$2" prepare begin -
  rm "$work/$1"/run/hostlease/lease-*9999.toml
}

cycle() {
  local sum=0 operation
  for operation in 'prepare begin' 'start begin' 'started begin' 'stopped end' 'release end'; do
    # shellcheck disable=SC2086 # two words
    sum=$((sum + $(count "$work/new.xml" "$hostlease" hook --root "$work/$1" new $operation -)))
  done
  echo "$sum"
}

# ratio A B: with three decimal places.
ratio() {
  awk -v a="$1" -v b="$2" 'BEGIN { printf "%.3f\n", b == 0 ? 0 : a / b }'
}

take_counts() {
  local empty
  made_root small 1 8 32
  made_root half 32 256 256 leave-irqs
  made_root whole 64 256 256 leave-irqs
  domain 254
  empty=$(count /dev/null "$build/tests/bench/bench-empty")
  reference=$(count /dev/null "$build/tests/bench/bench-reference" "$work/whole/run/hostlease")
  version=$(count /dev/null "$hostlease" --version)
  status_whole=$(count /dev/null "$hostlease" status --root "$work/whole")
  status_half=$(count /dev/null "$hostlease" status --root "$work/half")
  cycle_whole=$(cycle whole)
  cycle_half=$(cycle half)
  placed_root large 199
  small_vm placed 9999 >"$work/placed.xml"
  small_vm pinned 9999 '<cputune><vcpupin vcpu="0" cpuset="2"/><vcpupin vcpu="1" cpuset="514"/><emulatorpin cpuset="3,515"/></cputune>' \
    >"$work/pinned.xml"
  prepare_placed=$(last_prepare large placed)
  prepare_pinned=$(last_prepare large pinned)
  domain 6
  now=$(
    echo "hook-without-policy/empty-program $(ratio \
          "$(count "$work/new.xml" "$build/hook/hostlease-hook" no-such-vm prepare begin -)" "$empty")"
    echo "cycle-on-a-small-host/version $(ratio "$(cycle small)" "$version")"
    echo "plan-with-64-leases/reference $(ratio \
          "$(count /dev/null "$hostlease" plan --root "$work/whole" --xml "$work/new.xml")" "$reference")"
    echo "status-with-64-leases/reference $(ratio "$status_whole" "$reference")"
    echo "cycle-with-64-leases/reference $(ratio "$cycle_whole" "$reference")"
  )
  tap_note "$now"
}

# recorded WHAT: the ratio in the table for this toolchain.
recorded() {
  awk -v toolchain="$toolchain" -v what="$1" '$1 == toolchain && $2 == what { print $3 }' "$table"
}

accept() {
  local kept
  kept=$(grep -v "^$toolchain " "$table")
  { echo "$kept" && awk -v toolchain="$toolchain" '{ print toolchain, $0 }' <<<"$now"; } >"$table"
}

is_near() {
  awk -v now="$1" -v then="$2" -v percent="$tolerance" \
    'BEGIN { exit !(now <= then * (1 + percent / 100) && now >= then * (1 - percent / 100)) }'
}

as_recorded() {
  is_near "$2" "$(recorded "$1")" || tap_fail "$1: $2, and the table says $(recorded "$1")" \
    'where that is right, ACCEPT=1 writes it down'
}

# grows_with WHOLE HALF: both without the fixed cost of the command.
grows_with() {
  local growth
  growth=$(ratio "$(($1 - version))" "$(($2 - version))")
  tap_note "$growth times as much"
  check 'no more than linear' awk -v growth="$growth" 'BEGIN { exit !(growth > 0 && growth < 2.2) }'
}

# costs_little_more A B
costs_little_more() {
  local costs
  costs=$(ratio "$1" "$2")
  tap_note "$costs times as much"
  check 'at most a fifth more' awk -v costs="$costs" 'BEGIN { exit !(costs > 0.5 && costs < 1.2) }'
}

if reason=$(lacks); then tap_skip_all "$reason"; fi
work=$(mktemp -d -p /dev/shm)
trap 'rm -rf "$work"' EXIT
# with other libraries, the same source is another program
# shellcheck source=/dev/null
toolchain=$(. /etc/os-release && echo "$ID-${VERSION_ID:-rolling}/$flavour")
take_counts
[ -z "${ACCEPT-}" ] || accept
while read -r what value; do
  if [ -n "$(recorded "$what")" ]; then
    tap_case "$what" as_recorded "$what" "$value"
  else
    tap_case_skip "$what" "no figures of $toolchain"
  fi
done <<<"$now"
tap_case 'status with twice the leases' grows_with "$status_whole" "$status_half"
tap_case 'a cycle with twice the leases' grows_with $((cycle_whole - 4 * version)) \
  $((cycle_half - 4 * version))
tap_case 'the 200th VM whose CPUs are chosen, on 1024 CPUs, beside a pinned one' costs_little_more \
  "$prepare_placed" "$prepare_pinned"
tap_end
