#!/bin/bash
# map_svg_test.sh COMMAND: the picture of a fake host is an SVG with the owners' names and colours.
here=$(cd "$(dirname "$0")" && pwd)
# shellcheck source=../support/tap.sh
. "$here/../support/tap.sh"
# shellcheck source=../support/picture.sh
. "$here/../support/picture.sh"
source=$(cd "$here/../.." && pwd)
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

# hwloc reads the nodes' CPU masks, not their CPU lists
make_nodes() {
  echo 0000000f >host/sys/devices/system/node/node0/cpumap
  echo 000000f0 >host/sys/devices/system/node/node1/cpumap
}

# make_lease NAME UUID CPU CPU
make_lease() {
  local name=${1//&/"&amp;"}
  name=${name//</"&lt;"}
  printf 'version = 1\nmatch.domain = ["*"]\ncpus.isolate = "pinned"\n' >host/etc/hostlease/all.toml
  cat >vm.xml <<XML
<domain type='kvm'><name>$name</name><uuid>$2</uuid><memory unit='GiB'>1</memory>
<memoryBacking><hugepages><page size='2' unit='MiB'/></hugepages></memoryBacking><vcpu>2</vcpu>
<cputune><vcpupin vcpu='0' cpuset='$3'/><vcpupin vcpu='1' cpuset='$4'/></cputune></domain>
XML
  for operation in 'prepare begin' 'start begin' 'started begin'; do
    # shellcheck disable=SC2086 # two words
    "$command" hook --root host "$1" $operation - <vm.xml
  done
}

# fills COLOUR: the number of CPUs with this colour
fills() {
  grep -c "id='PU_.*_rect'.*fill='$1'" map.svg
}

draws() {
  check 'the picture is drawn' "$command" map --root host --svg map.svg
  check 'it is XML' xmllint --noout map.svg
  check_match 'its viewBox is as large as the picture, without units' '^[0-9]+x[0-9]+$' "$(svg_size map.svg)"
  check_equal 'CPUs of the VM' 2 "$(fills 'rgb(251,128,114)')"
  check_equal 'CPUs of the host' 6 "$(fills 'rgb(224,224,224)')"
  check 'the VM is named, without what would break the picture' grep -q '>a_b_c P#' map.svg
  check 'so are its CPUs' grep -q 'a_b_c: CPU 4-5' map.svg
  check 'and its pages' grep -q '2 MiB pages: ' map.svg
}

looks_right() {
  check_picture map.svg "$(svg_size map.svg)" 8 '#fb8072' '#e0e0e0'
}

# Non-ASCII letters, and more bytes than lstopo allows for a label
draws_any_name() {
  make_lease "$(printf 'ä%.0s' {1..30} && printf '漢%.0s' {1..60})" 3a83fe44-1753-604f-469d-84b66c65eb0a 2 3
  check 'the picture is drawn' "$command" map --root host --svg long.svg || return
  check 'it is XML' xmllint --noout long.svg
  check_equal 'CPUs with a sign for each letter of the name that fits' 2 \
    "$(grep -c "id='PU_[23]_text'.*>_\{31\} P#" long.svg)"
  check 'the legend has the name' grep -q 'ääää.*漢漢漢: CPU 2-3' long.svg
}

long_name_looks_right() {
  check_picture long.svg "$(svg_size long.svg)" 8 '#fb8072' '#e0e0e0'
}

writes_nothing_half() {
  check_fails 'no such directory' "$command" map --root host --svg missing/map.svg 2>/dev/null
  check_equal 'no temporary file is left' '' "$(find . -name 'map.svg.*'; ls "$TMPDIR")"
}

# The essentials of a picture, without parts that depend on hwloc's version and the date: its labels, and the
# colour of each CPU
said_by() {
  sed -nE "s/.*id='PU_([0-9]+)_rect'.*fill='([^']*)'.*/CPU \1 \2/p; s/.*<text [^>]*>(.*)<.*/\1/p" "$1" |
    grep -v '^Date: '
}

# README's picture: the VM of examples/gaming-vfio on the example's host. ACCEPT=1 draws it
# anew.
is_that_of_readme() {
  local example=$source/examples/gaming-vfio operation
  "$source/tests/support/make-host" "$source/tests/data/hosts/ryzen-9-5900x" ryzen
  cp "$source"/policies/*.toml ryzen/usr/share/hostlease/policies/
  install -m 644 "$example/policy.toml" ryzen/etc/hostlease/gaming-vfio.toml
  for operation in 'prepare begin' 'start begin' 'started begin'; do
    # shellcheck disable=SC2086 # two words
    "$command" hook --root ryzen gaming-vfio $operation - <"$example/domain.xml" 2>/dev/null
  done
  check 'the picture is drawn' "$command" map --root ryzen --svg readme.svg || return
  [ -z "${ACCEPT-}" ] || cp readme.svg "$example/map.svg"
  check_equal 'what it says' "$(said_by readme.svg)" "$(said_by "$example/map.svg")"
}

make_topology
make_nodes
make_lease 'a<b&c' 3a83fe44-1753-604f-469d-84b66c65eb09 4 5
tap_case 'a picture in the colours of the owners' draws
case_of_picture 'librsvg draws the picture' looks_right
tap_case 'a picture of a long name in other letters' draws_any_name
case_of_picture 'librsvg draws the picture of a long name' long_name_looks_right
tap_case 'the picture of README is that of its example' is_that_of_readme
tap_case 'no partial file is left' writes_nothing_half
tap_end
