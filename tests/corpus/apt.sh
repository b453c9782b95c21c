# shellcheck shell=bash
# Packages of the distribution, using the machine's package sources with a temporary folder for the lists:
# does not change the machine's lists. Sourced.
#
#   apt_begin deb-src || give_up "$(apt_said)"      # or deb; makes $apt_work, which goes when the script ends
#   (cd "$apt_work" && apt download NAME) || give_up "$(apt_said)"

apt_work=

# Ends the script with the exit status for work that is impossible here.
give_up() {
  echo "$1" >&2
  exit 77
}

# The machine's sources as sources of this type: files in deb822 format, and those with one line per source.
apt_lists() {
  local list
  for list in /etc/apt/sources.list.d/*.sources; do
    [ ! -e "$list" ] || sed "s/^Types:.*/Types: $1/" "$list" >"$2/${list##*/}"
  done
  for list in /etc/apt/sources.list /etc/apt/sources.list.d/*.list; do
    [ ! -e "$list" ] || sed -n "s/^deb[[:space:]]/$1 /p" "$list" >"$2/${list##*/}"
  done
}

# The last messages of apt.
apt_said() {
  if [ -e "$apt_work/log" ]; then tail -n 1 "$apt_work/log"; else echo 'no apt-get to fetch it with'; fi
}

apt() {
  apt-get -q -o Dir::Etc::SourceList=/dev/null -o Dir::Etc::SourceParts="$apt_work/parts" \
    -o Dir::State::Lists="$apt_work/lists" \
    -o Dir::Cache::srcpkgcache= -o Dir::Cache::pkgcache= -o APT::Sandbox::User=root "$@" >"$apt_work/log" 2>&1
}

apt_begin() {
  command -v apt-get >/dev/null || return
  apt_work=$(mktemp -d) || return
  trap 'rm -rf "$apt_work"' EXIT
  mkdir -p "$apt_work/lists/partial" "$apt_work/parts"
  apt_lists "$1" "$apt_work/parts"
  apt update || true # a failed list is no reason to give up
}
