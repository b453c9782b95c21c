The command

  $ hostlease --help
  Leases huge pages and other host resources to libvirt VMs, and puts the host back.
  Usage: hostlease [OPTIONS] VERB
  
  Options:
    -h,--help                   Print this help message and exit
    --version                   Display program version information and exit
  
  Verbs:
    plan                        Show what a start of the domain would change on this host, and why; writes nothing.
    audit                       Hold a domain's XML, and this host, against what the tuning guides ask for; exit code 3 when something is found.
    suggest                     Show what the tuning guides would change in a domain's XML on this host, as a diff; write or define it.
    check                       Check policy files; all of this host's when none is named.
    doctor                      Tell whether this host is ready, and what to do where it is not; exit code 3 when something fails.
    status                      Show who holds what: CPUs, pages, knobs, since when; drift, and how long starts took.
    map                         Draw whose CPU is whose and how full the huge page pools are.
    metrics                     Print leases, pages, drift, durations and failures for Prometheus.
    log                         Show the last calls of the hook out of the journal: what each did, and how long it took.
    explain                     Tell why each value is what it is: who asks for what, and who wrote it last.
    report                      Measure a running VM and say how it is set up; with an earlier report, exit code 3 when something has become worse.
    measure                     Measure what disturbs CPUs now: a VM's beside the host's, those of --cpus, or all; with an earlier measurement, both.
    verify                      Compare the host with the leases; exit code 3 when something differs.
    apply                       Bring a running VM's lease to what its policy says now; all of it or nothing.
    reconcile                   Give back what VMs that are gone still hold, and finish interrupted changes.
    release                     Give back the leases of these domains, or of all; not while a VM runs, unless forced.
    policy                      List policies, or the keys that they may have, or show one with its bases merged in and where each value comes from.
    hook                        Run the hook's own code as libvirt would; domain XML on standard input.
    install-hook                Put the hook where libvirt finds it, beside anybody else's, and tell libvirt's daemon.
    uninstall-hook              Put the host back and take the hook away; not while a VM holds a lease, unless forced.
  
  Exit codes: 0 done, 1 refused or failed, 2 bad input, 3 drift or findings.
  `hostlease VERB --help` explains a verb with an example.

  $ hostlease --version
  hostlease 0.1.0

Every verb

  $ for verb in plan audit check doctor status explain report measure verify apply reconcile release policy hook; do
  >   echo "== $verb"
  >   hostlease $verb --help || echo "exit $?"
  > done
  == plan
  Show what a start of the domain would change on this host, and why; writes nothing.
  Usage: hostlease plan [OPTIONS] [DOMAIN]
  
  Options:
    -h,--help                   Print this help message and exit
    --root DIR                  directory to use in place of / for /sys, /proc, /run, /etc and /usr/share
    --json                      print JSON
    --xml FILE                  domain XML, - for standard input
    --policy NAME|FILE          policy to use, by name or file, whatever matches
    --connect URI               libvirt to ask for the domain; default qemu:///system
  
  Example:
    hostlease plan --xml win11.xml --policy win11.toml
  == audit
  Hold a domain's XML, and this host, against what the tuning guides ask for; exit code 3 when something is found.
  Usage: hostlease audit [OPTIONS] DOMAIN|FILE.xml
  
  Options:
    -h,--help                   Print this help message and exit
    --root DIR                  directory to use in place of / for /sys, /proc, /run, /etc and /usr/share
    --json                      print JSON
    --policy NAME|FILE          policy to use, by name or file, whatever matches
    --connect URI               libvirt to ask for the domain; default qemu:///system
    --guest SYSTEM              windows, linux, macos or other: the guest's system, where the XML does not tell
    --cpu VENDOR                intel or amd: the CPU's vendor, where neither host nor XML tells
    --symptom SYMPTOM           only what this may come from: slow-boot, sluggish-ui, idle-cpu, slow-disk, slow-share, slow-network, stutter, multi-monitor, memory-pressure, steal, slow-start, vm-detection
    --host                      look at this host as well; the default for a DOMAIN
    --no-host                   look at the XML only; the default for a FILE.xml
    --sarif                     print SARIF 2.1.0
    --markdown                  print Markdown
  
  Example:
    hostlease audit win11.xml --cpu intel
  == check
  Check policy files; all of this host's when none is named.
  Usage: hostlease check [OPTIONS] [FILE...]
  
  Options:
    -h,--help                   Print this help message and exit
    --root DIR                  directory to use in place of / for /sys, /proc, /run, /etc and /usr/share
    --json                      print JSON
  
  Example:
    hostlease check /etc/hostlease/win11.toml
  == doctor
  Tell whether this host is ready, and what to do where it is not; exit code 3 when something fails.
  Usage: hostlease doctor [OPTIONS]
  
  Options:
    -h,--help                   Print this help message and exit
    --root DIR                  directory to use in place of / for /sys, /proc, /run, /etc and /usr/share
    --json                      print JSON
  
  Example:
    hostlease doctor
  == status
  Show who holds what: CPUs, pages, knobs, since when; drift, and how long starts took.
  Usage: hostlease status [OPTIONS] [DOMAIN...]
  
  Options:
    -h,--help                   Print this help message and exit
    --root DIR                  directory to use in place of / for /sys, /proc, /run, /etc and /usr/share
    --json                      print JSON
    --watch                     again every 2 seconds, or =SECONDS, until interrupted
  
  Example:
    hostlease status win11
  == explain
  Tell why each value is what it is: who asks for what, and who wrote it last.
  Usage: hostlease explain [OPTIONS] DOMAIN|KNOB [TARGET]
  
  Options:
    -h,--help                   Print this help message and exit
    --root DIR                  directory to use in place of / for /sys, /proc, /run, /etc and /usr/share
    --json                      print JSON
  
  Example:
    hostlease explain memory.swappiness
  == report
  Measure a running VM and say how it is set up; with an earlier report, exit code 3 when something has become worse.
  Usage: hostlease report [OPTIONS] DOMAIN
  
  Options:
    -h,--help                   Print this help message and exit
    --root DIR                  directory to use in place of / for /sys, /proc, /run, /etc and /usr/share
    --json                      print JSON
    --connect URI               libvirt to ask for the domain; default qemu:///system
    --baseline FILE             an earlier report's JSON to compare with, - for standard input
    --markdown                  print Markdown, which is the default
    --seconds SECONDS           how long to measure, 1 to 3600; default 5
  
  Example:
    hostlease report win11 --baseline win11.json
  == measure
  Measure what disturbs CPUs now: a VM's beside the host's, those of --cpus, or all; with an earlier measurement, both.
  Usage: hostlease measure [OPTIONS] [DOMAIN]
  
  Options:
    -h,--help                   Print this help message and exit
    --root DIR                  directory to use in place of / for /sys, /proc, /run, /etc and /usr/share
    --json                      print JSON
    --connect URI               libvirt to ask for the domain; default qemu:///system
    --cpus CPUS                 CPUs to measure, 2-5,7
    --seconds SECONDS           how long each of the three parts takes, 1 to 3600; default 5
    --load                      keep the other CPUs busy meanwhile, with hackbench
    --baseline FILE             an earlier measurement's JSON to show beside it, - for standard input
    --svg FILE                  draw the histograms
    --force                     busy loops and real-time threads on the CPUs of running VMs as well
  
  Example:
    hostlease measure win11 --baseline before.json
  == verify
  Compare the host with the leases; exit code 3 when something differs.
  Usage: hostlease verify [OPTIONS]
  
  Options:
    -h,--help                   Print this help message and exit
    --root DIR                  directory to use in place of / for /sys, /proc, /run, /etc and /usr/share
    --json                      print JSON
  
  Example:
    hostlease verify
  == apply
  Bring a running VM's lease to what its policy says now; all of it or nothing.
  Usage: hostlease apply [OPTIONS] [DOMAIN]
  
  Options:
    -h,--help                   Print this help message and exit
    --root DIR                  directory to use in place of / for /sys, /proc, /run, /etc and /usr/share
    --json                      print JSON
    --xml FILE                  domain XML, - for standard input
    --policy NAME|FILE          policy to use, by name or file, whatever matches
    --connect URI               libvirt to ask for the domain; default qemu:///system
    --dry-run                   show what would change, and write nothing
  
  Example:
    hostlease apply win11 --dry-run
  == reconcile
  Give back what VMs that are gone still hold, and finish interrupted changes.
  Usage: hostlease reconcile [OPTIONS]
  
  Options:
    -h,--help                   Print this help message and exit
    --root DIR                  directory to use in place of / for /sys, /proc, /run, /etc and /usr/share
    --json                      print JSON
    --dry-run                   show what would change, and write nothing
  
  Example:
    hostlease reconcile
  == release
  Give back the leases of these domains, or of all; not while a VM runs, unless forced.
  Usage: hostlease release [OPTIONS] [DOMAIN...]
  
  Options:
    -h,--help                   Print this help message and exit
    --root DIR                  directory to use in place of / for /sys, /proc, /run, /etc and /usr/share
    --json                      print JSON
    --force                     even while the VM runs
    --dry-run                   show what would change, and write nothing
  
  Example:
    hostlease release win11
  == policy
  List policies, or the keys that they may have, or show one with its bases merged in and where each value comes from.
  Usage: hostlease policy [OPTIONS] list | keys | show NAME
  
  Options:
    -h,--help                   Print this help message and exit
    --root DIR                  directory to use in place of / for /sys, /proc, /run, /etc and /usr/share
    --json                      print JSON
  
  Example:
    hostlease policy show low-latency
  == hook
  Run the hook's own code as libvirt would; domain XML on standard input.
  Usage: hostlease hook [OPTIONS] NAME OPERATION SUBOPERATION EXTRA
  
  Options:
    -h,--help                   Print this help message and exit
    --root DIR                  directory to use in place of / for /sys, /proc, /run, /etc and /usr/share
    --verbose                   print on standard error what would go to the journal
  
  Example:
    hostlease hook --root /tmp/tree win11 prepare begin - < win11.xml

The hook, called by hand

  $ qemu-hook
  hostlease: this is libvirt's QEMU hook; it is called as: qemu NAME OPERATION SUBOPERATION EXTRA
  [2]

