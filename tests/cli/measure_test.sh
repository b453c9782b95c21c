#!/bin/bash
# measure_test.sh COMMAND: measures this machine's CPUs with the real tools.
here=$(cd "$(dirname "$0")" && pwd)
# shellcheck source=../support/tap.sh
. "$here/../support/tap.sh"
# shellcheck source=../support/picture.sh
. "$here/../support/picture.sh"
command=$(realpath "$1")
[ "$(id -u)" = 0 ] || tap_skip_all 'not root'
for tool in oslat cyclictest hackbench jq xmllint; do
  [ -n "$(type -P $tool)" ] || tap_skip_all "$tool is not installed"
done
folder=$(mktemp -d) || exit
trap 'rm -rf "$folder"' EXIT
cd "$folder" || exit
chmod 755 .
read -r first </sys/devices/system/cpu/online
first=${first%%[-,]*}

measure() {
  "$command" measure --cpus "$first" --seconds 1 "$@"
}

# figure FILE NAME: its value, or the reason for its absence
figure() {
  jq -r --arg name "$2" '.figures[] | select(.name == $name) | .value // .not_available' "$1"
}

measures() {
  check 'measure' measure --json --svg picture.svg >now.json || return
  check_match 'interrupts' '^[0-9.]+$' "$(figure now.json "cpu.$first.interrupts")"
  check_match 'busy' '^[0-9.]+$' "$(figure now.json "cpu.$first.busy")"
  check_match 'gaps of the loop' '^[0-9.]+$' "$(figure now.json "oslat.$first.gaps")"
  check_match 'wake-ups' '^[0-9.]+$' "$(figure now.json "cyclictest.$first.median")"
  check_match 'the longest' '^[0-9.]+$' "$(figure now.json "cyclictest.$first.longest")"
  check 'turns of the loop' jq -e '[.measured[0].oslat.histogram[]] | add > 1000' now.json
  check 'about a thousand wake-ups' jq \
    -e '[.measured[0].cyclictest | .histogram[], .above] | add | . > 100 and . <= 1100' now.json
  check 'the picture is XML' xmllint --noout picture.svg
  check_equal 'its viewBox is as large as the picture' 740x520 "$(svg_size picture.svg)"
  check 'with bars' grep -q '<rect .*<title>' picture.svg
  check_equal 'nothing is left behind' '' "$(find . -name '*.??????')"
}

looks_right() {
  check_picture picture.svg 740x520 8 '#ffffff'
}

loads() {
  [ "$(nproc)" -gt 1 ] || return 0
  check 'measure' measure --load --json --baseline now.json >loaded.json || return
  check_match 'the load' 'hackbench -T -g [0-9]+ on CPU' "$(jq -r .load loaded.json)"
  check_match 'is told of' 'the earlier measurement had no load' "$(jq -r '.differences[]' loaded.json)"
  check_equal 'what was before' "$(figure now.json "cyclictest.$first.longest")" \
    "$(jq -r --arg name "cyclictest.$first.longest" '.figures[] | select(.name == $name) | .before' \
        loaded.json)"
}

killed() {
  local process load=''
  [ "$(nproc)" -gt 1 ] || return 0
  "$command" measure --cpus "$first" --seconds 60 --load >/dev/null 2>&1 &
  process=$!
  for _ in {1..100}; do
    load=$(pgrep -x hackbench -P "$process") && break
    sleep 0.1
  done
  check_match 'the load runs' '^[0-9]+$' "$load"
  kill -KILL "$process"
  wait "$process" 2>/dev/null
  for _ in {1..50}; do
    [ -e "/proc/$load" ] || break
    sleep 0.1
  done
  check_missing 'the load' "/proc/$load"
}

without_real_time() {
  check 'measure' setpriv --bounding-set=-sys_nice --inh-caps=-sys_nice "$command" measure --cpus "$first" \
    --seconds 1 --json >ordinary.json || return
  check_match 'interrupts' '^[0-9.]+$' "$(figure ordinary.json "cpu.$first.interrupts")"
  check_match 'wake-ups' 'SCHED_FIFO.* is not permitted; it requires root' \
    "$(figure ordinary.json "cyclictest.$first.median")"
}

# /usr/bin without rt-tests for one command: links to all other programs
without_rt_tests() {
  # shellcheck disable=SC2016 # the inner shell expands it
  unshare --mount bash -c '
    mkdir all others && mount --bind /usr/bin all && ln -s "$PWD"/all/* others/ &&
      rm -f others/{oslat,cyclictest,hackbench} &&
      mount --bind others /usr/bin && exec "$@"' bash "$@"
}

counts_alone() {
  check 'measure' without_rt_tests "$command" measure --cpus "$first" --seconds 1 --json >alone.json || return
  rm -rf others
  check_match 'interrupts' '^[0-9.]+$' "$(figure alone.json "cpu.$first.interrupts")"
  check_equal 'the loop' 'oslat: oslat is not installed; install rt-tests (realtime-tests on Fedora)' \
    "$(figure alone.json "oslat.$first.gaps")"
  check_equal 'wake-ups' \
    'cyclictest: cyclictest is not installed; install rt-tests (realtime-tests on Fedora)' \
    "$(figure alone.json "cyclictest.$first.median")"
}

tap_case 'a CPU of this machine' measures
case_of_picture 'librsvg draws the histograms' looks_right
tap_case 'under a load' loads
tap_case 'killed, it leaves no load behind' killed
tap_case 'without real-time priority' without_real_time
tap_case 'without rt-tests' counts_alone
tap_end
