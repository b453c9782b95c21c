The command

  $ hostlease --help
  Lease huge pages, CPUs and other host resources to libvirt VMs, and restore the host afterwards.
  Usage: hostlease VERB [OPTIONS] [WORDS]
  
  Look:
    status          Show each lease with its CPUs, pages and knobs, and any drift
    map             Draw which VM has which CPUs and how full the huge page pools are
    explain         Explain the origin of each value: which VM asks for it and who wrote it last
    plan            Show what a start of the VM would change on this host, and why
    verify          Compare the host with the leases
    log             Show the hook's last calls from the journal: their results and durations
    metrics         Print leases, pages, drift, durations and failures for Prometheus
  
  Advise:
    audit           Check a domain's XML, and optionally this host, against tuning guidelines
    suggest         Suggest changes of a domain's XML for this host, as a diff; write or define them
    place           Show which CPUs and nodes a VM of this size would get now, and why
    report          Measure a running VM and describe its setup, as Markdown
    measure         Measure what disturbs the CPUs of a VM and of the host, those of --cpus, or all CPUs
  
  Change:
    apply           Change a running VM's lease to what its policy says now
    reconcile       Release the leases of VMs that are gone and finish interrupted changes
    release         Release the leases of these VMs, or all leases
    hook            Run the hook's code as libvirt would
  
  Set up:
    policy          List the policies or the policy keys, or show one policy with the source of each value
    check           Check policy files, by default all of this host
    doctor          Check whether this host is ready, and say how to fix what is not
    install-hook    Install the hook for libvirt and reload its daemon
    uninstall-hook  Release all leases and remove the hook
  
  Options:
    -h, --help      print this help
    --version       print the version
  
  Exit codes: 0 done, 1 refused or failed, 2 bad input, 3 drift or findings.
  `hostlease VERB --help` explains a verb and shows an example.

  $ hostlease --version
  hostlease 0.2.0

Every verb

  $ for verb in $(hostlease __complete '' | cut -f 1); do
  >   echo "== $verb"
  >   hostlease $verb --help || echo "exit $?"
  > done
  == status
  Show each lease with its CPUs, pages and knobs, and any drift.
  Usage: hostlease status [OPTIONS] [DOMAIN...]
  
  Options:
    -h, --help         print this help
    --root DIR         directory to use as the host's root (default: /)
    --json             print JSON
    --watch[=SECONDS]  repeat every 2 or SECONDS seconds until interrupted
  
  Example:
    hostlease status win11
  == map
  Draw which VM has which CPUs and how full the huge page pools are.
  Usage: hostlease map [OPTIONS]
  
  Options:
    -h, --help  print this help
    --root DIR  directory to use as the host's root (default: /)
    --svg FILE  draw an SVG picture with hwloc's lstopo; - is standard output
  
  Example:
    hostlease map --svg host.svg
  == explain
  Explain the origin of each value: which VM asks for it and who wrote it last.
  Usage: hostlease explain [OPTIONS] DOMAIN|KNOB [TARGET]
  
  Options:
    -h, --help  print this help
    --root DIR  directory to use as the host's root (default: /)
    --json      print JSON
  
  Example:
    hostlease explain memory.swappiness
  == plan
  Show what a start of the VM would change on this host, and why. Writes nothing.
  Usage: hostlease plan [OPTIONS] [DOMAIN]
  
  Options:
    -h, --help          print this help
    --root DIR          directory to use as the host's root (default: /)
    --json              print JSON
    --xml FILE          domain XML; - is standard input
    --connect URI       libvirt connection (default: qemu:///system)
    --policy NAME|FILE  policy to use instead of the matching one
  
  Example:
    hostlease plan --xml win11.xml --policy win11.toml
  == verify
  Compare the host with the leases. Exit code 3 if a value differs.
  Usage: hostlease verify [OPTIONS]
  
  Options:
    -h, --help  print this help
    --root DIR  directory to use as the host's root (default: /)
    --json      print JSON
  
  Example:
    hostlease verify
  == log
  Show the hook's last calls from the journal: their results and durations.
  Usage: hostlease log [OPTIONS] [DOMAIN]
  
  Options:
    -h, --help    print this help
    --root DIR    directory to use as the host's root (default: /)
    --json        print JSON
    --since TIME  start of the period to show: 2h, 3d, today or "2026-11-21 09:30" (default: the last 40 calls)
  
  Example:
    hostlease log win11 --since 2h
  == metrics
  Print leases, pages, drift, durations and failures for Prometheus.
  Usage: hostlease metrics [OPTIONS]
  
  Options:
    -h, --help     print this help
    --root DIR     directory to use as the host's root (default: /)
    --output FILE  file to replace atomically, for node_exporter's textfile collector
    --openmetrics  print OpenMetrics instead of the older Prometheus text that the collector reads
  
  Example:
    hostlease metrics --output /var/lib/prometheus/node-exporter/hostlease.prom
  == audit
  Check a domain's XML, and optionally this host, against tuning guidelines. Exit code 3 if there is an error or
  a warning.
  Usage: hostlease audit [OPTIONS] DOMAIN|FILE.xml
  
  Options:
    -h, --help          print this help
    --root DIR          directory to use as the host's root (default: /)
    --json              print JSON
    --sarif             print SARIF 2.1.0
    --markdown          print Markdown
    --policy NAME|FILE  policy to use instead of the matching one
    --connect URI       libvirt connection (default: qemu:///system)
    --guest SYSTEM      guest system: windows, linux, macos or other (default: from the XML)
    --cpu VENDOR        CPU vendor: intel or amd (default: from the host or the XML)
    --symptom SYMPTOM   only rules about this symptom: slow-boot, sluggish-ui, idle-cpu, slow-disk, slow-share,
                        slow-network, stutter, multi-monitor, memory-pressure, steal, slow-start or vm-detection
    --host              check this host too (default for a DOMAIN)
    --no-host           check only the XML (default for a FILE.xml)
  
  Example:
    hostlease audit win11.xml --cpu intel
  == suggest
  Suggest changes of a domain's XML for this host, as a diff; write or define them. Takes one DOMAIN or
  FILE.xml; with --cmdline any number, by default all defined VMs.
  Usage: hostlease suggest [OPTIONS] [DOMAIN|FILE.xml...]
  
  Options:
    -h, --help         print this help
    --root DIR         directory to use as the host's root (default: /)
    --json             print JSON
    --connect URI      libvirt connection (default: qemu:///system)
    --vcpus N          number of vCPUs (default: unchanged)
    --memory SIZE      memory size, such as 8GiB (default: unchanged)
    --for SYSTEM       guest system: windows, linux, macos or other (default: from the XML)
    --prefer PROPERTY  property to prefer where cores differ: cache, frequency or efficiency (default: cache)
    --set GROUPS       comma-separated groups to change: hyper-v, features, clock, cpu, pinning, memory,
                       storage, network, graphics, devices (default: hyper-v for Windows, features, clock, cpu,
                       pinning, memory)
    --pins KIND        pins to suggest; none removes all, for a policy with cpus.place: host or none (default:
                       host)
    --write FILE       write the whole new XML to FILE; - is standard output
    --check            let libvirt check the new XML: its schema and QEMU's command line
    --define           define the VM with the new XML after confirmation; a file keeps the former definition
    --yes              define without confirmation
    --cmdline          show the kernel command line for these domains, or all, and the reason for each word
  
  Example:
    hostlease suggest win11 --vcpus 8 --define
  == place
  Show which CPUs and nodes a VM of this size would get now, and why. Ignores existing pins of the domain. If
  its policy has cpus.place, shows the place that the hook would choose by this policy. Leaves out CPUs of other
  VMs, of the host and outside the VM's slice.
  Usage: hostlease place [OPTIONS] [DOMAIN|FILE.xml]
  
  Options:
    -h, --help         print this help
    --root DIR         directory to use as the host's root (default: /)
    --json             print JSON
    --connect URI      libvirt connection (default: qemu:///system)
    --vcpus N          number of vCPUs (default: that of the domain)
    --memory SIZE      memory size, such as 8GiB (default: that of the domain)
    --prefer PROPERTY  property to prefer where cores differ: cache, frequency or efficiency (default: cache)
  
  Example:
    hostlease place --vcpus 8 --memory 16GiB
  == report
  Measure a running VM and describe its setup, as Markdown. Exit code 3 if a figure or score is worse than in
  the baseline, or misses a target of the policy.
  Usage: hostlease report [OPTIONS] [DOMAIN]
  
  Options:
    -h, --help         print this help
    --root DIR         directory to use as the host's root (default: /)
    --json             print JSON
    --markdown         print Markdown
    --connect URI      libvirt connection (default: qemu:///system)
    --baseline FILE    JSON of an earlier report to compare with; - is standard input
    --keep DIR         write JSON into this folder, for all running VMs if none is named; keep 30 per VM for 90
                       days
    --boot[=SECONDS]   first wait for the guest agent, until 120 or SECONDS seconds after QEMU's start
    --seconds SECONDS  duration of the measurement, 1 to 3600 (default: 5)
  
  Example:
    hostlease report win11 --baseline win11.json
  == measure
  Measure what disturbs the CPUs of a VM and of the host, those of --cpus, or all CPUs.
  Usage: hostlease measure [OPTIONS] [DOMAIN]
  
  Options:
    -h, --help         print this help
    --root DIR         directory to use as the host's root (default: /)
    --json             print JSON
    --connect URI      libvirt connection (default: qemu:///system)
    --cpus CPUS        CPUs to measure, such as 2-5,7
    --seconds SECONDS  duration of each of the three parts, 1 to 3600 (default: 5)
    --load             keep the other CPUs busy meanwhile with hackbench
    --baseline FILE    JSON of an earlier measurement to show beside this one; - is standard input
    --svg FILE         draw the histograms as an SVG picture; - is standard output
    --force            run busy loops and real-time threads on the CPUs of running VMs too
  
  Example:
    hostlease measure win11 --baseline before.json
  == apply
  Change a running VM's lease to what its policy says now. Either every change is made or none is.
  Usage: hostlease apply [OPTIONS] [DOMAIN]
  
  Options:
    -h, --help          print this help
    --root DIR          directory to use as the host's root (default: /)
    --json              print JSON
    --xml FILE          domain XML; - is standard input
    --connect URI       libvirt connection (default: qemu:///system)
    --policy NAME|FILE  policy to use instead of the matching one
    --move              choose CPUs anew (cpus.place) and move the VM there
    --dry-run           show what would change and write nothing
  
  Example:
    hostlease apply win11 --dry-run
  == reconcile
  Release the leases of VMs that are gone and finish interrupted changes.
  Usage: hostlease reconcile [OPTIONS]
  
  Options:
    -h, --help  print this help
    --root DIR  directory to use as the host's root (default: /)
    --json      print JSON
    --dry-run   show what would change and write nothing
  
  Example:
    hostlease reconcile
  == release
  Release the leases of these VMs, or all leases. Refuses while a VM runs unless --force is given.
  Usage: hostlease release [OPTIONS] [DOMAIN...]
  
  Options:
    -h, --help  print this help
    --root DIR  directory to use as the host's root (default: /)
    --json      print JSON
    --force     proceed even if the VM is running
    --dry-run   show what would change and write nothing
  
  Example:
    hostlease release win11
  == hook
  Run the hook's code as libvirt would. Reads the domain XML from standard input.
  Usage: hostlease hook [OPTIONS] NAME OPERATION SUBOPERATION [EXTRA]
  
  Options:
    -h, --help  print this help
    --root DIR  directory to use as the host's root (default: /)
    --verbose   print on standard error what would go to the journal
  
  Example:
    hostlease hook --root /tmp/tree win11 prepare begin - < win11.xml
  == policy
  List the policies or the policy keys, or show one policy with the source of each value. `show` merges the
  bases of the policy in.
  Usage: hostlease policy [OPTIONS] list | keys | show NAME
  
  Options:
    -h, --help  print this help
    --root DIR  directory to use as the host's root (default: /)
    --json      print JSON
  
  Example:
    hostlease policy show low-latency
  == check
  Check policy files, by default all of this host.
  Usage: hostlease check [OPTIONS] [FILE...]
  
  Options:
    -h, --help  print this help
    --root DIR  directory to use as the host's root (default: /)
    --json      print JSON
  
  Example:
    hostlease check /etc/hostlease/win11.toml
  == doctor
  Check whether this host is ready, and say how to fix what is not. Exit code 3 if a check fails.
  Usage: hostlease doctor [OPTIONS]
  
  Options:
    -h, --help  print this help
    --root DIR  directory to use as the host's root (default: /)
    --json      print JSON
  
  Example:
    hostlease doctor
  == install-hook
  Install the hook for libvirt and reload its daemon. Hooks of other programs stay in place.
  Usage: hostlease install-hook [OPTIONS] [PROGRAM]
  
  Options:
    -h, --help  print this help
    --root DIR  directory to use as the host's root (default: /)
  
  Example:
    hostlease install-hook
  == uninstall-hook
  Release all leases and remove the hook. Refuses while a VM holds a lease unless --force is given.
  Usage: hostlease uninstall-hook [OPTIONS]
  
  Options:
    -h, --help  print this help
    --root DIR  directory to use as the host's root (default: /)
    --force     proceed even if a VM holds a lease
  
  Example:
    hostlease uninstall-hook

Lines fit a terminal

  $ for verb in '' $(hostlease __complete '' | cut -f 1); do
  >   hostlease $verb --help | awk 'length > 110'
  > done

The hook, called by hand

  $ qemu-hook
  hostlease: this is libvirt's QEMU hook; it is called as: qemu NAME OPERATION SUBOPERATION EXTRA
  [2]

