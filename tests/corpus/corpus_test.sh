#!/bin/bash
# corpus_test.sh BUILD [FIRST/EVERY]: checks the result of `hostlease suggest` for every domain in the tests
# of the distribution's libvirt. libvirt accepts as much of the result as of the original, a second run
# changes nothing, a start is planned as well as before, and no device is lost. FIRST/EVERY selects domains:
# 3/10 means domain 3, 13, 23 and so on. Needs root, for a libvirt driver in its own namespaces.
here=$(cd "$(dirname "$0")" && pwd)
root=$(cd "$here/../.." && pwd)
# shellcheck source=tests/support/tap.sh
. "$root/tests/support/tap.sh"
build=$(realpath "${1:?usage: $0 BUILD [FIRST/EVERY]}")
part=${2-0/1}
hostlease=$build/hook/hostlease

need() {
  local program
  [ "$(id -u)" -eq 0 ] || tap_skip_all 'not root'
  [ -x "$hostlease" ] || tap_skip_all "no $hostlease"
  for program in virsh xmllint python3 qemu-system-x86_64 unshare; do
    [ -n "$(type -P "$program")" ] || tap_skip_all "no $program"
  done
  unshare --mount --propagation private true 2>/dev/null || tap_skip_all 'no namespaces'
}

make_hosts() {
  local host
  mkdir -p "$work/hosts" "$work/pages" "$work/driver/etc"
  for host in "$root"/tests/data/hosts/*; do
    "$root/tests/support/make-host" "$host" "$work/hosts/${host##*/}" || tap_fail "make-host $host" || return
    install -D -m 0644 /dev/stdin "$work/hosts/${host##*/}/etc/hostlease/corpus.toml" <<'TOML'
version = 1

[match]
domain = ["*"]

[hugepages]
reserve = "auto"
TOML
  done
  cat >"$work/driver/etc/qemu.conf" <<CONF
user = "root"
group = "root"
security_driver = "none"
hugetlbfs_mount = "$work/pages"
spice_tls = 1
CONF
}

# QEMU for other architectures, for a folder that is overlaid on the machine's programs: installed emulators
# are used directly.
add_emulators() {
  if "$here/fetch-emulators" "$build/tests/corpus-emulators" 2>"$build/tests/corpus-emulators.log"; then
    emulators=$build/tests/corpus-emulators/usr/bin
  else
    emulators=$work/none
    mkdir "$emulators"
    tap_note "other architectures are judged by the schema alone: $(<"$build/tests/corpus-emulators.log")"
  fi
}

# corpus SOURCE HOSTLEASE [FIRST/EVERY]: corpus.py's findings, in an environment where libvirt's driver finds
# its user, huge pages and emulators.
corpus() {
  # shellcheck disable=SC2016 # expanded by the shell that is started
  unshare --mount --propagation private bash -c '. "$1" && private_add_user "$2" libvirt-qemu &&
    mount -t overlay -o "lowerdir=/usr/bin:$3" none /usr/bin &&
    mount -t hugetlbfs -o pagesize=2M none "$2/pages" && exec python3 "${@:4}"' corpus \
    "$root/examples/private-libvirtd.sh" "$work" "$emulators" "$here/corpus.py" "$1" "$2" "$work" "${@:3}"
}

every_suggestion_holds() {
  local said
  said=$(corpus "$source" "$hostlease" "$part" 2>&1) || tap_fail 'suggestions'
  tap_note "$said"
}

# doctored COMMAND: a hostlease that applies COMMAND to the XML that it suggests, $new.
doctored() {
  printf '#!/bin/bash\n"%s" "$@"; status=$?\n' "$hostlease" >"$work/doctored"
  cat >>"$work/doctored" <<DOCTORED
while [ \$# -gt 1 ]; do shift; [ "\$1" != --write ] || new=\$2; done
[ -z "\${new-}" ] || { $1; }
exit \$status
DOCTORED
  chmod +x "$work/doctored"
}

# finds KIND COMMAND: suggestions doctored by COMMAND are reported as this kind.
finds() {
  local said
  doctored "$2"
  said=$(corpus "$work/own" "$work/doctored" 2>&1) && tap_fail "$2: nothing is found" "$said"
  check_match "$2" "[1-9][0-9]* $1" "$(tail -n 1 <<<"$said")"
}

# shellcheck disable=SC2016 # $new is the variable of the doctored hostlease
faults_are_found() {
  local said
  mkdir -p "$work/own/tests"
  cat >"$work/own/tests/domain.xml" <<'XML'
<domain type='qemu'>
  <name>doctored</name>
  <memory unit='GiB'>1</memory>
  <vcpu>2</vcpu>
  <numatune><memory mode='strict' nodeset='0'/></numatune>
  <os><type arch='x86_64' machine='q35'>hvm</type></os>
  <cpu mode='maximum'><cache mode='passthrough'/></cpu>
  <devices>
    <disk type='file'><source file='/srv/a.img'/><target dev='vda' bus='virtio'/></disk>
    <controller type='usb' index='0' model='qemu-xhci'/>
  </devices>
</domain>
XML
  said=$(corpus "$work/own" "$hostlease" 2>&1) || tap_fail 'nothing is wrong as it is' "$said"
  check_match 'the domain is one that becomes a command line' '1 become a command line' "$said"
  finds 'refused by libvirt' 'sed -i "s,<devices>,<devices><unheard-of/>," "$new"'
  finds 'refused by libvirt' 'sed -i "s,mode=.passthrough./>,mode=\"passthrough\" level=\"3\"/>," "$new"'
  finds 'not idempotent' 'sed -i "s,</domain>,<!-- -->&," "$new"'
  finds 'worse' 'sed -i "s,nodeset=.[^/]*/>,nodeset=\"77\"/>," "$new"'
  finds 'lost devices' 'sed -i "s,/srv/a.img,/srv/b.img," "$new"'
  finds 'not suggested' 'status=1'
}

# A domain with KVM of an architecture that this machine emulates, its memory from a node that it lacks, and
# with settings that only libvirt's driver refuses.
# shellcheck disable=SC2016 # $new is the variable of the doctored hostlease
another_architecture_is_judged() {
  local said
  mkdir -p "$work/own/tests"
  cat >"$work/own/tests/domain.xml" <<'XML'
<domain type='kvm'>
  <name>foreign</name>
  <memory unit='GiB'>1</memory>
  <vcpu>2</vcpu>
  <numatune><memory mode='strict' nodeset='1'/></numatune>
  <os><type arch='aarch64' machine='virt'>hvm</type></os>
  <cpu mode='host-passthrough'/>
  <devices>
    <disk type='file'><source file='/srv/a.img'/><target dev='sda' bus='scsi'/></disk>
  </devices>
</domain>
XML
  said=$(corpus "$work/own" "$hostlease" 2>&1) || tap_fail 'nothing is wrong as it is' "$said"
  check_match 'it becomes a command line' 'aarch64 1 of 1' "$said"
  finds 'refused by libvirt' 'sed -i "s,<target [^>]*>,<target dev=\"hda\" bus=\"ide\"/>," "$new"'
}

# libvirt refuses this because of the domain's nodes, not the machine's: `suggest` may refuse it as well.
invalid_input_is_left_out() {
  local said
  sed -i "s/arch='aarch64' machine='virt'/arch='x86_64'/; s/nodeset='1'/nodeset='0,^0'/" \
    "$work/own/tests/domain.xml"
  said=$(corpus "$work/own" "$hostlease" 2>&1)
  check_match 'libvirt refuses it' '1 pass the schema, 0 become a command line' "$said"
  check_match 'it is not counted' '0 not suggested' "$said"
}

# A guide's template for Windows, which libvirt's schema refuses as published, and the suggestion for it: a
# normal domain without errors.
template_is_mended() {
  local groups said template=$root/tests/data/domains/playbook-template.xml
  mkdir -p "$work/template/tests"
  xmllint --noout --relaxng /usr/share/libvirt/schemas/domain.rng "$template" 2>/dev/null &&
    tap_fail 'it passes as it is printed'
  groups=$("$hostlease" __complete suggest --set '' | cut -f 1 | paste -sd ,)
  said=$("$hostlease" suggest "$template" --root "$work/hosts/core-i9-9900k" --for windows --set "$groups" \
    --write "$work/template/tests/corrected.xml" 2>&1) || tap_fail 'corrected' "$said"
  said=$("$hostlease" audit "$work/template/tests/corrected.xml" --root "$work/hosts/core-i9-9900k" \
      --guest windows 2>&1)
  check_match 'its errors' '^0 errors' "$(tail -n 1 <<<"$said")"
  said=$(corpus "$work/template" "$hostlease" 2>&1) || tap_fail 'suggestions for what is corrected' "$said"
  check_match 'what is corrected passes the schema' '1 domains, 1 pass the schema' "$said"
}

need
source=$("$here/fetch-sources" "$build/tests/corpus-source" 2>"$build/tests/corpus-source.log") ||
  tap_skip_all "$(<"$build/tests/corpus-source.log")"
work=$(mktemp -d)
trap 'rm -rf --one-file-system "$work"' EXIT
chmod 755 "$work"
add_emulators
tap_case 'captured hosts are made' make_hosts
tap_case 'faults of suggestions are found' faults_are_found
if [ "$emulators" = "$work/none" ]; then
  tap_case_skip 'another architecture is judged' 'no emulators'
else
  tap_case 'another architecture is judged' another_architecture_is_judged
fi
tap_case 'invalid input is left out' invalid_input_is_left_out
tap_case 'the template of a guide is corrected' template_is_mended
tap_case 'a suggestion is accepted, settled, no worse and complete for every domain of libvirt'\''s tests' \
  every_suggestion_holds
tap_end
