# shellcheck shell=bash
# For scenarios that install the package. Sourced.

apt_quietly() {
  DEBIAN_FRONTEND=noninteractive apt-get -qq -o Dpkg::Use-Pty=0 "$@" >&2
}

# Libraries that the package needs and the host lacks: there is no network to get them from.
install_libraries() {
  local library
  for library in packages/lib*.deb; do
    [ ! -e "$library" ] || dpkg -i "$library" >&2
  done
}

# Every file of the host, except those that it writes by itself.
files() {
  find / -xdev \( -path /proc -o -path /sys -o -path /run -o -path /lab -o -path /tmp -o -path /var/log \
    -o -path /var/cache -o -path /var/lib/dpkg \
    -o -path /var/lib/apt -o -path /var/lib/libvirt -o -path /var/lib/systemd/timers \) -prune -o -print |
    sort
}
