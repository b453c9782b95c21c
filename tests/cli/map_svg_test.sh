#!/bin/bash
# map_svg_test.sh COMMAND: the picture of a made host is an SVG with the owners' names and colours in it.
here=$(cd "$(dirname "$0")" && pwd)
# shellcheck source=../support/tap.sh
. "$here/../support/tap.sh"
command=$(realpath "$1")
[ -n "$(type -P lstopo-no-graphics)$(type -P lstopo)" ] || tap_skip_all 'lstopo is not installed'
[ -n "$(type -P xmllint)" ] || tap_skip_all 'xmllint is not installed'
folder=$(mktemp -d) || exit
trap 'rm -rf "$folder"' EXIT
cd "$folder" || exit
umask 022
export TMPDIR=$folder/temporary
mkdir "$TMPDIR"
"$here/make-root" host

# Two packages of two cores with two threads each
make_topology() {
  local cpu directory
  for cpu in {0..7}; do
    directory=host/sys/devices/system/cpu/cpu$cpu/topology
    mkdir -p "$directory"
    echo $((cpu / 4)) >"$directory/physical_package_id"
    echo $((cpu / 2)) >"$directory/core_id"
    printf '%x\n' $((15 << cpu / 4 * 4)) >"$directory/core_siblings"
    printf '%x\n' $((3 << cpu / 2 * 2)) >"$directory/thread_siblings"
    echo $((cpu / 2 * 2))-$((cpu / 2 * 2 + 1)) >"$directory/thread_siblings_list"
  done
}

# hwloc takes the nodes' masks of CPUs, not their lists
make_nodes() {
  echo 0000000f >host/sys/devices/system/node/node0/cpumap
  echo 000000f0 >host/sys/devices/system/node/node1/cpumap
}

make_lease() {
  printf 'version = 1\nmatch.domain = ["*"]\ncpus.isolate = "pinned"\n' >host/etc/hostlease/all.toml
  cat >vm.xml <<'XML'
<domain type='kvm'><name>a&lt;b&amp;c</name><uuid>3a83fe44-1753-604f-469d-84b66c65eb09</uuid><memory unit='GiB'>1</memory>
<memoryBacking><hugepages><page size='2' unit='MiB'/></hugepages></memoryBacking><vcpu>2</vcpu>
<cputune><vcpupin vcpu='0' cpuset='4'/><vcpupin vcpu='1' cpuset='5'/></cputune></domain>
XML
  for operation in 'prepare begin' 'start begin' 'started begin'; do
    # shellcheck disable=SC2086 # two words
    "$command" hook --root host 'a<b&c' $operation - <vm.xml
  done
}

# fills COLOUR: how many CPUs have it
fills() {
  grep -c "id='PU_.*_rect'.*fill='$1'" map.svg
}

draws() {
  check 'the picture is drawn' "$command" map --root host --svg map.svg
  check 'it is XML' xmllint --noout map.svg
  check_equal 'CPUs of the VM' 2 "$(fills 'rgb(251,128,114)')"
  check_equal 'CPUs of the host' 6 "$(fills 'rgb(224,224,224)')"
  check 'the VM is named, without what would break the picture' grep -q '>a_b_c P#' map.svg
  check 'so are its CPUs' grep -q 'a_b_c: CPU 4-5' map.svg
  check 'and its pages' grep -q '2 MiB pages: ' map.svg
}

writes_nothing_half() {
  check_fails 'no such directory' "$command" map --root host --svg missing/map.svg 2>/dev/null
  check_equal 'no temporary file is left' '' "$(find . -name 'map.svg.*'; ls "$TMPDIR")"
}

make_topology
make_nodes
make_lease
tap_case 'a picture in the colours of the owners' draws
tap_case 'nothing half is left' writes_nothing_half
tap_end
