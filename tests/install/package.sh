# shellcheck shell=bash
# The Debian package of a build folder, for tests that use it. Sourced.

package_source=$(realpath "$(dirname "${BASH_SOURCE[0]}")/../..")

# prefix_of BUILD: the value of `meson setup --prefix`.
prefix_of() {
  meson introspect "$1" --buildoptions | python3 -c 'import json, sys
print(*(option["value"] for option in json.load(sys.stdin) if option["name"] == "prefix"))'
}

# Prints why the package cannot be built; fails if it can.
package_lacks() {
  local command
  for command in dh dpkg-buildpackage fakeroot; do
    type -P "$command" >/dev/null || { echo "$command is not installed"; return; }
  done
  [ "$(prefix_of "$1")" != /usr ] || return 1
  echo "the prefix of $1 is not /usr"
}

# package BUILD: prints the package's file. Builds it once from the folder's content for all callers, which
# may run at the same time.
package() {
  local folder=$1/package lock
  mkdir -p "$folder"
  exec {lock}>"$folder.lock"
  flock "$lock"
  if [ -z "$(find "$folder" -name 'hostlease_*.deb' -newer "$1/hook/hostlease" \
        -newer "$1/hook/hostlease-hook")" ] ||
    [ -n "$(find "$package_source/install" "$package_source/policies" -type f -newer "$folder/built")" ]; then
    rm -rf "$folder"
    "$package_source/install/build-deb" --build "$1" "$folder" >&2 || return
    touch "$folder/built"
  fi
  exec {lock}>&-
  find "$folder" -name 'hostlease_*.deb'
}
