# shellcheck shell=bash
# promtool, for tests of the files for Prometheus. Sourced.

# promtool_of BUILD: prints the command; fails if it is not available. Debian's package would start a
# Prometheus on this machine, so it is only unpacked, in BUILD.
promtool_of() {
  local folder=$1/promtool
  type -P promtool && return
  if [ ! -x "$folder/usr/bin/promtool" ]; then
    mkdir -p "$folder" && (cd "$folder" && apt-get -qq -o APT::Sandbox::User=root download prometheus &&
        dpkg-deb -x prometheus_*.deb .) || return
    rm -f "$folder"/prometheus_*.deb
  fi >/dev/null 2>&1
  echo "$folder/usr/bin/promtool"
}
