#!/bin/bash
# other_packages_test.sh BUILD: the RPM spec and the PKGBUILD have this version, its dependencies and its
# installed files.
here=$(cd "$(dirname "$0")" && pwd)
# shellcheck source=../support/tap.sh
. "$here/../support/tap.sh"
# shellcheck source=package.sh
. "$here/package.sh"
source=$(realpath "$here/../..")
spec=$source/install/rpm/hostlease.spec
recipe=$source/install/arch/PKGBUILD
folder=$(mktemp -d) || exit
trap 'rm -rf "$folder"' EXIT
version=$(sed -n "s/^ *version: '\(.*\)',$/\1/p" "$source/meson.build" | head -n 1)

needed() {
  "$source/install/install-dependencies" --print "$1" build | sort -u
}

spec_can_be_read() {
  local said
  said=$(rpmspec -P --define "_unitdir /usr/lib/systemd/system" "$spec" 2>&1 >/dev/null) || tap_fail "$said"
}

spec_is_of_this_version() {
  check 'version' grep -q "^Version: *$version$" "$spec"
  check_equal 'BuildRequires' "$(needed fedora)" \
    "$(sed -n 's/^BuildRequires: *//p' "$spec" | tr ' ' '\n' | grep -v systemd-rpm-macros | sort -u)"
}

# Every installed file matches a line of %files.
spec_has_every_file() {
  local file patterns
  DESTDIR=$folder/tree meson install -C "$1" --no-rebuild --quiet >"$folder/log" 2>&1 ||
    tap_fail "$(<"$folder/log")" || return
  patterns=$(sed -n '/^%files/,$p' "$spec" | sed -n 's/^\(%{.*\)/\1/p' |
      sed 's|%{_sbindir}|/usr/sbin|; s|%{_unitdir}|/usr/lib/systemd/system|
    s|%{_datadir}|/usr/share|; s|%{_mandir}|/usr/share/man|; s|\*$||')
  while IFS= read -r file; do
    check "%files has $file" matches "${file#"$folder/tree"}" "$patterns"
  done < <(find "$folder/tree" -type f)
}

# matches FILE PATTERNS: one of the patterns is a prefix of the file's name.
matches() {
  local pattern
  while IFS= read -r pattern; do
    [[ $1 != "$pattern"* ]] || return 0
  done <<<"$2"
  return 1
}

recipe_is_of_this_version() {
  check 'version' grep -q "^pkgver=$version$" "$recipe"
  check_equal 'what it needs' "$(needed arch)" \
    "$(bash -c '. "$1"; printf "%s\n" "${makedepends[@]}" "${depends[@]}"' bash "$recipe" | grep -v gcc-libs |
        sort -u)"
}

if [ -n "$(type -P rpmspec)" ]; then
  tap_case 'the spec can be read' spec_can_be_read
else
  tap_case_skip 'the spec can be read' 'rpmspec is not installed'
fi
tap_case 'the spec has this version' spec_is_of_this_version
if [ "$(prefix_of "$1")" = /usr ]; then
  tap_case 'the spec has every file' spec_has_every_file "$1"
else
  tap_case_skip 'the spec has every file' 'the prefix is not /usr'
fi
tap_case 'the PKGBUILD has this version' recipe_is_of_this_version
tap_end
