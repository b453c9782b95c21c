# shellcheck shell=bash
# The Debian package of a build folder, for the tests that look at it. Sourced.

package_source=$(realpath "$(dirname "${BASH_SOURCE[0]}")/../..")

# prefix_of BUILD: what `meson setup --prefix` said.
prefix_of() {
  meson introspect "$1" --buildoptions | python3 -c 'import json, sys
print(*(option["value"] for option in json.load(sys.stdin) if option["name"] == "prefix"))'
}

# Prints why there can be none; fails when there can.
package_lacks() {
  local command
  for command in dh dpkg-buildpackage fakeroot; do
    type -P "$command" >/dev/null || { echo "$command is not installed"; return; }
  done
  [ "$(prefix_of "$1")" != /usr ] || return 1
  echo "the prefix of $1 is not /usr"
}

# package BUILD: prints its file. It is built once, of what the folder has, for all who ask; they may ask at
# the same time.
package() {
  local folder=$1/package lock
  mkdir -p "$folder"
  exec {lock}>"$folder.lock"
  flock "$lock"
  if [ -z "$(find "$folder" -name 'hostlease_*.deb' -newer "$1/hook/hostlease" -newer "$1/hook/hostlease-hook")" ] ||
    [ -n "$(find "$package_source/install" "$package_source/policies" -type f -newer "$folder/built")" ]; then
    rm -rf "$folder"
    "$package_source/install/build-deb" --build "$1" "$folder" >&2 || return
    touch "$folder/built"
  fi
  exec {lock}>&-
  find "$folder" -name 'hostlease_*.deb'
}
