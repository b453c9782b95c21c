#!/bin/bash
# The examples' XML is valid, libvirt accepts it, and reduced by small.xsl it starts under its policy.
set -u
# shellcheck source=tests/libvirt/support.sh
. "$(dirname "$0")/support.sh"
examples=$(realpath "$support/../../examples")
all='office-windows gaming-vfio cache-topology realtime-linux numa-two-cells dense-linux any-host'

# small EXAMPLE: prints the path of its reduced XML, with disks
small() {
  local file=$private_dir/$1.xml disk
  mkdir -p "$private_dir/one/run/images"
  for disk in $(xmllint --xpath '//disk/target/@dev' "$examples/$1/domain.xml" | grep -o '[sv]d[a-z]'); do
    truncate -s 1M "$private_dir/one/run/images/$disk.raw"
  done
  xsltproc -stringparam images /run/images "$examples/small.xsl" "$examples/$1/domain.xml" >"$file" &&
    echo "$file"
}

name_of() {
  xmllint --xpath 'string(/domain/name)' "$examples/$1/domain.xml"
}

# The whole XML, except KVM, TPM and firmware if this machine lacks them.
libvirt_takes() {
  local xml=$private_dir/whole.xml
  local changes=()
  virsh_at domcapabilities --virttype kvm >/dev/null 2>&1 ||
    changes+=(-e "s/^<domain type='kvm'>/<domain type='qemu'>/")
  [ -n "$(type -P swtpm)" ] || changes+=(-e '/<tpm /,/<\/tpm>/d')
  [ -d /usr/share/qemu/firmware ] || changes+=(-e "s/<os firmware='efi'>/<os>/; /<firmware>/,/<\/firmware>/d")
  check 'valid' virt-xml-validate "$examples/$1/domain.xml" domain
  sed -e '' "${changes[@]}" "$examples/$1/domain.xml" >"$xml"
  check 'defined' virsh_at define "$xml" || return
  check 'undefined' virsh_at undefine "$(name_of "$1")" --nvram
}

# pages_of EXAMPLE: 64 MiB per cell
pages_of() {
  local cells
  cells=$(xmllint --xpath 'count(//cell)' "$examples/$1/domain.xml")
  echo $((32 * (cells > 0 ? cells : 1)))
}

starts() {
  local name
  name=$(name_of "$1")
  # without pins there is no isolation, which realtime requires
  sed 's/^\[cpus\]$/&\nenforce = "best-effort"/' "$examples/$1/policy.toml" | policy_text "$1"
  check 'started' virsh_at create "$(small "$1")" --paused || return
  check_reserved "$name" "$(pages_of "$1")"
  check_leases 1
  check_verify
  check 'stopped' destroy "$name"
  check_baseline
}

none_is_missing() {
  check_equal 'examples' "$(cd "$examples" && printf '%s\n' */domain.xml | sed 's|/.*||' | sort)" \
    "$(tr ' ' '\n' <<<"$all" | sort)"
}

libvirt_begin
for program in xsltproc xmllint virt-xml-validate; do
  [ -n "$(type -P $program)" ] || tap_skip_all "no $program"
done
for example in $all; do
  tap_case "$example: libvirt takes it" libvirt_takes "$example"
  scenario "$example starts" starts "$example"
done
tap_case 'no example is missing' none_is_missing
tap_end
