# shellcheck shell=bash
# Builds a host's disk image, kernel and initramfs from Debian packages. Sourced.
# Mounts nothing, needs no loop device, and runs no script of the kernel's package.
# shellcheck source=tests/lab/hosts.sh
. "$(dirname "${BASH_SOURCE[0]}")/hosts.sh"

# source_line SUITE [OPTIONS]
source_line() {
  local kind=archive
  [[ $1 != *-security ]] || kind=security
  echo "deb ${2-} $(mirror $kind) $1 main"
}

# ---- the system ----

root_name() {
  echo "root-$suite-$(key "$packages")"
}

build_root() {
  local name
  name=$(root_name)
  [ ! -d "$cache/$name" ] || return 0
  say "$suite: packages"
  new_folder
  mmdebstrap --quiet --mode=root --variant=apt --include="$packages" \
    --dpkgopt='path-exclude=/usr/share/doc/*' --dpkgopt='path-exclude=/usr/share/man/*' \
    --dpkgopt='path-exclude=/usr/share/locale/*' --aptopt='APT::Sandbox::User "root"' \
    "$suite" "$folder/system" "$(source_line "$suite")" "$(source_line "$suite-updates")" \
    "$(source_line "$suite-security")" >"$folder/log" 2>&1 ||
    cannot_be_had "no Debian $suite: $(tail -n 2 "$folder/log" | tr '\n' ' ')"
  publish "$name"
}

# ---- the kernel ----

# The cloud flavour is small, and has ext4 built in and virtio as modules. It is only unpacked.
build_kernel() {
  local kernel_suite package version apt options='[signed-by=/usr/share/keyrings/debian-archive-keyring.gpg]'
  [ ! -d "$cache/kernel-$host" ] || return 0
  say "$host: kernel"
  new_folder
  apt=$folder/apt
  mkdir -p "$apt/lists/partial" "$apt/archives/partial"
  for kernel_suite in $kernel_suites; do
    source_line "$kernel_suite" "$options"
  done >"$apt/sources.list"
  local get=(-qq -o "Dir::Etc::sourcelist=$apt/sources.list" -o Dir::Etc::sourceparts=/dev/null
    -o "Dir::State::lists=$apt/lists"
    -o Dir::State::status=/dev/null -o "Dir::Cache=$apt" -o APT::Sandbox::User=root)
  apt-get "${get[@]}" update >"$folder/log" 2>&1 ||
    cannot_be_had "no package lists of $kernel_suites: $(tail -n 1 "$folder/log")"
  package=$(apt-cache "${get[@]}" show linux-image-cloud-amd64 |
    sed -n 's/^Depends: \(linux-image-[^ ]*\).*/\1/p' | sort -V | tail -n 1)
  (cd "$apt" && apt-get "${get[@]}" download "$package") >"$folder/log" 2>&1 ||
    cannot_be_had "no $package: $(tail -n 1 "$folder/log")"
  dpkg-deb -x "$apt"/linux-image-*.deb "$folder/tree"
  # Debian 13 has them in the usual place, Debian 12 in /lib
  [ -d "$folder/tree/usr/lib/modules" ] || mkdir -p "$folder/tree/usr/lib"
  [ ! -d "$folder/tree/lib/modules" ] || mv "$folder/tree/lib/modules" "$folder/tree/usr/lib/modules"
  rm -rf "$folder/tree/lib" "$apt"
  ln -s usr/lib "$folder/tree/lib"
  version=$(ls "$folder/tree/usr/lib/modules")
  depmod -b "$folder/tree" "$version"
  echo "$version" >"$folder/version"
  publish "kernel-$host"
}

# ---- initramfs and image ----

# initramfs FOLDER INIT MODULE...: a static busybox, the modules with their dependencies, and the existing
# content of FOLDER/initramfs.
initramfs() {
  local kernel=$cache/kernel-$host tree=$1/initramfs module name
  mkdir -p "$tree"/{bin,dev,root,modules}
  cp /bin/busybox "$tree/bin/busybox"
  install -m 0755 "$2" "$tree/init"
  for module in $(modprobe -a -d "$kernel/tree" -S "$(<"$kernel/version")" --show-depends "${@:3}" |
    awk '$1 == "insmod" && !seen[$2]++ { print $2 }'); do
    name=$(basename "$module" .xz)
    if [[ $module == *.xz ]]; then xz -dc "$module"; else cat "$module"; fi >"$tree/modules/$name"
    echo "$name"
  done >"$tree/modules/order"
  (cd "$tree" && find . | cpio -o -H newc --quiet) >"$1/initramfs.img"
  rm -rf "$tree"
}

# Units that would run by themselves during a test, or wait for a user at the console.
unwanted_units='apt-daily.timer apt-daily-upgrade.timer dpkg-db-backup.timer e2scrub_all.timer e2scrub_reap.service
  fstrim.timer logrotate.timer systemd-pstore.service systemd-firstboot.service systemd-random-seed.service
  systemd-update-utmp.service
  systemd-update-utmp-runlevel.service getty@tty1.service serial-getty@ttyS0.service libvirt-guests.service
  modprobe@drm.service modprobe@dm_mod.service modprobe@loop.service'

# set_up TREE: turns an installed system into this host.
set_up() {
  local root=$1 unit units=$1/etc/systemd/system
  mkdir -p "$root/usr/lib/modules" "$units/multi-user.target.wants" "$units/libvirtd.service.d" \
    "$root/etc/systemd/journald.conf.d"
  cp -a "$cache/kernel-$host/tree/usr/lib/modules/." "$root/usr/lib/modules/"
  printf '%s\n' acpi-cpufreq cpufreq_powersave cpufreq_ondemand cpufreq_conservative cpufreq_userspace \
    >"$root/etc/modules-load.d/lab.conf"
  echo lab >"$root/etc/hostname"
  echo '127.0.0.1 localhost lab' >"$root/etc/hosts"
  # libvirt looks for huge page mounts when it starts; systemd mounts only the default size
  echo 'hugetlbfs /dev/hugepages1G hugetlbfs pagesize=1G 0 0' >"$root/etc/fstab"
  # without one, systemd asks questions on the console
  echo 5a1b0c9d2e3f40718293a4b5c6d7e8f9 >"$root/etc/machine-id"
  ln -sf /usr/share/zoneinfo/UTC "$root/etc/localtime"
  install -m 0755 "$lab/image/agent" "$root/usr/local/sbin/lab-agent"
  install -m 0755 "$lab/image/warm-up" "$root/usr/local/sbin/lab-warm-up"
  install -m 0644 "$lab/image/warm-up.xml" "$root/usr/local/share/lab-warm-up.xml"
  install -m 0644 "$lab/image/agent.service" "$units/lab-agent.service"
  ln -sf ../lab-agent.service "$units/multi-user.target.wants/"
  ln -sf /lib/systemd/system/multi-user.target "$units/default.target"
  printf '[Journal]\nStorage=volatile\n' >"$root/etc/systemd/journald.conf.d/lab.conf"
  # otherwise the daemon exits after two idle minutes
  printf '[Service]\nEnvironment=LIBVIRTD_ARGS=\n' >"$units/libvirtd.service.d/lab.conf"
  # libvirt looks for hooks only when it starts: the stored host has started with this hook in place
  install -D -m 0755 "$lab/image/no-hook" "$root/etc/libvirt/hooks/qemu"
  # would need dnsmasq
  rm -f "$root/etc/libvirt/qemu/networks/autostart/default.xml"
  for unit in $unwanted_units; do
    ln -sf /dev/null "$units/$unit"
  done
  sed -i 's/^root:[^:]*:/root::/' "$root/etc/shadow"
}

image_name() {
  echo "image-$host-$(key "$(root_name)" "$(cat "$lab/build.sh" "$lab/image"/* "$lab/processors.sh")" \
        "$cpus")"
}

build_image() {
  local name
  name=$(image_name)
  [ ! -d "$cache/$name" ] || return 0
  say "$host: image"
  new_folder
  cp "$cache/kernel-$host"/tree/boot/vmlinuz-* "$folder/vmlinuz"
  initramfs "$folder" "$lab/image/initramfs-init" virtio_pci virtio_blk
  cp -a "$cache/$(root_name)/system" "$folder/system"
  set_up "$folder/system"
  mke2fs -q -F -t ext4 -O ^has_journal -L labroot -d "$folder/system" -E lazy_itable_init=1 \
    "$folder/root.img" 2G >"$folder/log" 2>&1 ||
    fail "$host: mke2fs: $(tail -n 2 "$folder/log")"
  rm -rf "$folder/system"
  bash "$lab/processors.sh" "$cpus" >"$folder/processors.dsl"
  iasl -p "$folder/processors" "$folder/processors.dsl" >"$folder/log" 2>&1 ||
    fail "$host: iasl: $(tail -n 5 "$folder/log")"
  publish "$name"
}

# build_host: does all of the above. One lock per release, so that its packages are unpacked once for two
# hosts, and one per host.
build_host() {
  with_lock "$suite" build_root
  build_kernel
  build_image
  in_use "$(root_name)"
  in_use "kernel-$host"
  in_use "$(image_name)"
}
