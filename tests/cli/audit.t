  $ . "$CLI/setup"
  $ cp "$SOURCE"/tests/data/domains/playbook-template.xml template.xml

The template of a playbook for Windows, as it is printed there: what it breaks itself

  $ hostlease audit template.xml --cpu intel
  domain win11-outlook-optimized (template.xml)
  Windows 11, an Intel CPU, host not looked at (--host)
  
    hyper-v   14 of 14
    features  3 of 3
    clock     7 of 7
    cpu       6 of 7
    pinning   6 of 6
    memory    5 of 6
    storage   4 of 7
    network   2 of 5
    graphics  4 of 5
    devices   6 of 8
  
  template.xml:120: error: DISK-QUEUES: disk sda: queues on bus 'scsi'
    wanted: on the SCSI controller's <driver>; libvirt takes it for virtio-blk only
    why: More queues than vCPUs serve nobody. None need be written: QEMU 5.2 and newer give one to each vCPU.
    symptom: the VM cannot be defined, or does not start
    source: https://libvirt.org/formatdomain.html#hard-drives-floppy-disks-cdroms
    XML:
      <controller type='scsi' index='0' model='virtio-scsi'>
        <driver queues='4'/>
      </controller>
  
  template.xml:120: error: DISK-IOTHREAD: disk sda: iothread on bus 'scsi'
    wanted: on the SCSI controller's <driver>; libvirt refuses it here
    why: Without one, requests wait for QEMU's main thread, which does all else.
    symptom: the VM cannot be defined, or does not start
    source: https://libvirt.org/formatdomain.html#iothreads-allocation
    XML:
      <controller type='scsi' index='0' model='virtio-scsi'>
        <driver iothread='1'/>
      </controller>
  
  template.xml:197: error: FS-VIRTIOFS: cache mode='auto', which libvirt does not know
    wanted: no <cache>: auto is what virtiofsd does by itself. libvirt takes 'none' and 'always'
    why: virtiofs works in shared memory, 9p and network shares copy through QEMU or the network. One of the guides' cache='auto' is no value of libvirt's.
    symptom: the VM cannot be defined, or does not start
    source: https://libvirt.org/kbase/virtiofs.html
  
  template.xml:167: error: NET-RING: network card: tx_queue_size='1024'
    wanted: take it out: only vhost-user cards may have more than 256. Older QEMU ignores it, newer does not start
    why: A short ring drops packets while the guest is busy. The guides lengthen both rings; the one for sending may be for vhost-user cards only.
    symptom: the VM cannot be defined, or does not start
    source: https://libvirt.org/formatdomain.html#network-interfaces
  
  template.xml:190: error: GFX-GL: SPICE with OpenGL listens on an address
    wanted: <listen type='none'/> or 'socket', as libvirt's documentation has it; only QEMU and spice-server of 2025 and later can serve an address as well
    why: OpenGL hands pictures to a viewer on the same host through a UNIX socket.
    symptom: the VM does not start
    source: https://libvirt.org/formatdomain.html#graphical-framebuffers
    XML:
      <graphics type='spice'>
        <listen type='none'/>
        <gl enable='yes'/>
      </graphics>
  
  template.xml:3: error: UUID-VALID: 'GENERATE-NEW-UUID' is no UUID
    wanted: 32 hexadecimal digits, or no <uuid>: libvirt makes one when the VM is defined
    why: libvirt refuses XML with anything else in <uuid>.
    symptom: the VM cannot be defined
    source: https://libvirt.org/formatdomain.html#general-metadata
  
  template.xml:57: error: DEV-SECUREBOOT: <loader secure='yes'> without System Management Mode
    wanted: <smm state='on'/>; libvirt refuses the loader otherwise
    why: Windows 11 asks for a firmware that can do Secure Boot.
    symptom: the VM cannot be defined, or does not start
    source: https://libvirt.org/kbase/secureboot.html
    XML:
      <features>
        <smm state='on'/>
      </features>
  
  template.xml:93: warning: CPU-TOPOEXT: topoext is required, and the CPU is Intel's, which has none
    wanted: take it out; with a check of features the VM does not start
    why: AMD's CPUs tell about threads by this feature only. The guides require it everywhere; on Intel's CPUs it does not exist.
    symptom: the guest takes threads for cores
    source: https://www.qemu.org/docs/master/system/i386/cpu.html
  
  template.xml:23: advice: MEM-LOCKED: <locked/> without a limit
    wanted: take it out: huge pages are never swapped. Real-time guests keep it, with <memtune><hard_limit>
    why: The guides lock all memory. libvirt discourages it: it lifts the limit on locked memory altogether, so that the host cannot reclaim any of QEMU's.
    symptom: a host that runs out of memory kills programs
    source: https://libvirt.org/formatdomain.html#memory-backing
  
  template.xml:167: advice: NET-QUEUES: network card has 4 queues
    wanted: queues='8': one for each vCPU, up to 8
    why: One queue is one vCPU's work.
    symptom: fast networks are not used in full
    source: https://libvirt.org/formatdomain.html#network-interfaces
    XML:
      <driver name='vhost' queues='8'/>
  
  template.xml:168: advice: NET-OFFLOADS: network card: ufo='on'
    wanted: take it out; the other offloads are on by default
    why: The guides turn all offloads on. They are on by default, and Linux has had no UDP fragmentation offload since 4.14.
    symptom: none
    source: https://libvirt.org/formatdomain.html#network-interfaces
  
  template.xml:169: advice: NET-OFFLOADS: network card: ufo='on'
    wanted: take it out; the other offloads are on by default
    why: The guides turn all offloads on. They are on by default, and Linux has had no UDP fragmentation offload since 4.14.
    symptom: none
    source: https://libvirt.org/formatdomain.html#network-interfaces
  
  does not apply
    <hyperv> is not in mode 'passthrough': HV-PASSTHROUGH
    the host is not looked at (--host): HV-NEWER, CPU-SIZING, PIN-SMT-ORDER, PIN-ONLINE, PIN-HOUSEKEEPING, PIN-NODE, PIN-L3, PIN-SHARED, PIN-ISOLCPUS, MEM-PAGES-FIT, HOST-KVM, HOST-CGROUP2, HOST-CPUSET, HOST-SWAPPINESS, HOST-KSM, HOST-THP, HOST-HUGETLB-MOUNT, HOST-NUMA-BALANCING, HOST-GOVERNOR, HOST-ISOLATION, HOST-IRQBALANCE, HOST-TUNED, HOST-DISK-SCHEDULER, HOST-FSTRIM, HOST-HOOK
    Windows 10 and newer take them all: HV-LEGACY
    every vCPU is there from the start: CPU-VCPU-CURRENT
    the kernel merges no huge pages: MEM-NOSHAREPAGES
    libvirt has QEMU allocate huge pages at once in any case: MEM-IMMEDIATE
    less than 16 GiB of memory: MEM-PREALLOC-THREADS
    there is no <qemu:commandline>: DEV-QEMU-ARGS
    only on request (--symptom vm-detection): SMBIOS-HOST
  
  7 errors, 1 warning, 4 pieces of advice
  [3]

  $ hostlease audit template.xml --cpu amd | grep -E '^  hyper-v|HV-EVMCS|CPU-TOPOEXT'
    hyper-v   13 of 13
  template.xml:79: error: HV-EVMCS: <evmcs> is on, and the CPU is AMD's

SARIF: each result has a rule, a level and a place

  $ hostlease audit template.xml --sarif >log.sarif; jq -r '.version, (.runs | length), .runs[0].tool.driver.name' log.sarif
  2.1.0
  1
  hostlease
  $ jq -c '[.runs[0].results[].ruleId] - [.runs[0].tool.driver.rules[].id]' log.sarif
  []
  $ jq -c '.runs[0] | .tool.driver.rules as $rules | [.results[] | select($rules[.ruleIndex].id != .ruleId)]' log.sarif
  []
  $ jq -r '.runs[0].results[] | [.ruleId, .level, .locations[0].physicalLocation.artifactLocation.uri, .locations[0].physicalLocation.region.startLine] | map(tostring) | join(" ")' log.sarif
  MEM-LOCKED note template.xml 23
  DISK-QUEUES error template.xml 120
  DISK-IOTHREAD error template.xml 120
  FS-VIRTIOFS error template.xml 197
  NET-QUEUES note template.xml 167
  NET-RING error template.xml 167
  NET-OFFLOADS note template.xml 168
  NET-OFFLOADS note template.xml 169
  GFX-GL error template.xml 190
  UUID-VALID error template.xml 3
  DEV-SECUREBOOT error template.xml 57

An old VM, for one symptom

  $ cat >old.xml <<'XML'
  > <domain type='kvm'>
  >   <name>old</name>
  >   <memory unit='GiB'>2</memory>
  >   <vcpu>2</vcpu>
  >   <clock offset='localtime'/>
  >   <devices>
  >     <interface type='network'>
  >       <model type='e1000'/>
  >     </interface>
  >   </devices>
  > </domain>
  > XML
  $ hostlease audit old.xml --symptom slow-network
  domain old (old.xml)
  Windows, CPU not known (--cpu intel|amd), host not looked at (--host)
  
    network  0 of 1
  
  old.xml:8: warning: NET-MODEL: network card is e1000
    wanted: <model type='virtio'/>; Windows needs the driver (NetKVM)
    why: An emulated card takes an exit to QEMU for each packet.
    symptom: slow network, load on the host
    source: https://libvirt.org/formatdomain.html#network-interfaces
    XML:
      <model type='virtio'/>
  
  does not apply
    there is no virtio network card: NET-VHOST, NET-QUEUES, NET-RING, NET-OFFLOADS
  
  0 errors, 1 warning, 0 pieces of advice
  [3]
  $ hostlease audit old.xml --symptom slow-network --markdown
  # Audit of old
  
  old.xml: Windows, CPU not known (--cpu intel\|amd), host not looked at (--host). 0 errors, 1 warning, 0 pieces of advice.
  
  | group | score |
  | --- | --- |
  | network | 0 of 1 |
  
  ## Findings
  
  ### NET-MODEL: warning
  
  old.xml:8: network card is e1000
  
  - wanted: \<model type='virtio'/\>; Windows needs the driver (NetKVM)
  - why: An emulated card takes an exit to QEMU for each packet.
  - symptom: slow network, load on the host
  - source: <https://libvirt.org/formatdomain.html#network-interfaces>
  
  ```xml
  <model type='virtio'/>
  ```
  
  ## Does not apply
  
  - there is no virtio network card: NET-VHOST, NET-QUEUES, NET-RING, NET-OFFLOADS
  [3]
  $ hostlease audit old.xml --symptom slow-network --json
  {
    "cpu": "unknown",
    "domain": "old",
    "file": "old.xml",
    "findings": [
      {
        "file": "old.xml",
        "found": "network card is e1000",
        "group": "network",
        "line": 8,
        "rule": "NET-MODEL",
        "severity": "warning",
        "source": "https://libvirt.org/formatdomain.html#network-interfaces",
        "symptom": "slow network, load on the host",
        "wanted": "<model type='virtio'/>; Windows needs the driver (NetKVM)",
        "why": "An emulated card takes an exit to QEMU for each packet.",
        "xml": "<model type='virtio'/>"
      }
    ],
    "guest": "windows",
    "host": false,
    "ignored": [],
    "not_applicable": [
      {
        "reason": "there is no virtio network card",
        "rule": "NET-VHOST"
      },
      {
        "reason": "there is no virtio network card",
        "rule": "NET-QUEUES"
      },
      {
        "reason": "there is no virtio network card",
        "rule": "NET-RING"
      },
      {
        "reason": "there is no virtio network card",
        "rule": "NET-OFFLOADS"
      }
    ],
    "scores": [
      {
        "group": "network",
        "of": 1,
        "passed": 0
      }
    ],
    "windows": ""
  }
  [3]
  $ hostlease audit - --symptom slow-network --sarif <old.xml
  {
    "$schema": "https://docs.oasis-open.org/sarif/sarif/v2.1.0/errata01/os/schemas/sarif-schema-2.1.0.json",
    "runs": [
      {
        "columnKind": "utf16CodeUnits",
        "results": [
          {
            "level": "warning",
            "locations": [
              {
                "physicalLocation": {
                  "artifactLocation": {
                    "uri": "-"
                  },
                  "region": {
                    "startLine": 8
                  }
                }
              }
            ],
            "message": {
              "text": "network card is e1000. Wanted: <model type='virtio'/>; Windows needs the driver (NetKVM). XML:\n<model type='virtio'/>"
            },
            "ruleId": "NET-MODEL",
            "ruleIndex": 0
          }
        ],
        "tool": {
          "driver": {
            "name": "hostlease",
            "rules": [
              {
                "defaultConfiguration": {
                  "level": "warning"
                },
                "fullDescription": {
                  "text": "An emulated card takes an exit to QEMU for each packet. Symptom: slow network, load on the host."
                },
                "helpUri": "https://libvirt.org/formatdomain.html#network-interfaces",
                "id": "NET-MODEL",
                "properties": {
                  "tags": [
                    "network"
                  ]
                },
                "shortDescription": {
                  "text": "An emulated card takes an exit to QEMU for each packet."
                }
              },
              {
                "defaultConfiguration": {
                  "level": "warning"
                },
                "fullDescription": {
                  "text": "vhost moves packets in the kernel. Symptom: slow network, load on the host."
                },
                "helpUri": "https://libvirt.org/formatdomain.html#network-interfaces",
                "id": "NET-VHOST",
                "properties": {
                  "tags": [
                    "network"
                  ]
                },
                "shortDescription": {
                  "text": "vhost moves packets in the kernel."
                }
              },
              {
                "defaultConfiguration": {
                  "level": "note"
                },
                "fullDescription": {
                  "text": "One queue is one vCPU's work. Symptom: fast networks are not used in full."
                },
                "helpUri": "https://libvirt.org/formatdomain.html#network-interfaces",
                "id": "NET-QUEUES",
                "properties": {
                  "tags": [
                    "network"
                  ]
                },
                "shortDescription": {
                  "text": "One queue is one vCPU's work."
                }
              },
              {
                "defaultConfiguration": {
                  "level": "note"
                },
                "fullDescription": {
                  "text": "A short ring drops packets while the guest is busy. The guides lengthen both rings; the one for sending may be for vhost-user cards only. Symptom: lost packets under load."
                },
                "helpUri": "https://libvirt.org/formatdomain.html#network-interfaces",
                "id": "NET-RING",
                "properties": {
                  "tags": [
                    "network"
                  ]
                },
                "shortDescription": {
                  "text": "A short ring drops packets while the guest is busy. The guides lengthen both rings; the one for sending may be for vhost-user cards only."
                }
              },
              {
                "defaultConfiguration": {
                  "level": "note"
                },
                "fullDescription": {
                  "text": "The guides turn all offloads on. They are on by default, and Linux has had no UDP fragmentation offload since 4.14. Symptom: none."
                },
                "helpUri": "https://libvirt.org/formatdomain.html#network-interfaces",
                "id": "NET-OFFLOADS",
                "properties": {
                  "tags": [
                    "network"
                  ]
                },
                "shortDescription": {
                  "text": "The guides turn all offloads on. They are on by default, and Linux has had no UDP fragmentation offload since 4.14."
                }
              }
            ],
            "version": "0.1.0"
          }
        }
      }
    ],
    "version": "2.1.0"
  }
  [3]

Advice alone is no finding

  $ hostlease audit old.xml --symptom multi-monitor | tail -n 1
  0 errors, 0 warnings, 0 pieces of advice
  $ hostlease audit old.xml --guest linux | grep -c 'HV-'
  3

The host as well: its cores, its other VMs, what the policy leases

  $ mkdir -p host/etc/libvirt/qemu
  $ domain game 1 >host/etc/libvirt/qemu/game.xml
  $ hostlease audit --root host ./win11.xml --host --json | jq -r '.findings[] | select(.rule | test("^HOST|^PIN")) | "\(.rule) \(.severity) \(.line): \(.found)"'
  PIN-EMULATOR warning 8: no <emulatorpin>: QEMU's own threads run anywhere, or where <vcpu cpuset> says
  PIN-SHARED advice 9: CPU 4-5 is pinned by VM 'game' as well
  HOST-KVM error 0: there is no /dev/kvm
  HOST-CGROUP2 advice 0: the host uses cgroup v1
  HOST-HUGETLB-MOUNT error 0: no hugetlbfs is mounted
  HOST-NUMA-BALANCING advice 0: kernel.numa_balancing is 1
  HOST-ISOLATION advice 0: the VM's CPUs are isolated neither by its policy nor at boot
  HOST-HOOK warning 0: the hook is not installed

A domain of libvirt's is held against the host, unless that is not wanted

  $ hostlease audit --root host --connect test:///default test --json | jq -c '[.file, .host]'
  ["test",true]
  $ hostlease audit --root host --connect test:///default test --no-host --json | jq -c '[.file, .host]'
  ["test",false]

XML of another host may name a policy that is not here

  $ domain other 1 1 "<metadata><h:policy xmlns:h='urn:hostlease:domain:1'>there</h:policy></metadata>" >other.xml
  $ hostlease audit --root host other.xml --symptom memory-pressure >text; echo "exit $?"; head -n 1 text
  error: the domain's metadata names the policy 'there', and there is none of that name
    hint: policies are looked up in /etc/hostlease and /usr/share/hostlease/policies
  exit 0
  domain other (other.xml)
  $ hostlease audit --root host other.xml --host --symptom memory-pressure
  error: the domain's metadata names the policy 'there', and there is none of that name
    hint: policies are looked up in /etc/hostlease and /usr/share/hostlease/policies
  [2]

A rule can be silenced, and such a policy alone leases nothing

  $ policy old <<'TOML'
  > version = 1
  > [audit]
  > ignore = ["NET-MODEL"]
  > TOML
  $ hostlease audit --root host old.xml --symptom slow-network
  domain old (old.xml)
  Windows, CPU not known (--cpu intel|amd), host not looked at (--host)
  
  ignored
    /etc/hostlease/old.toml:3:11: NET-MODEL
  
  does not apply
    there is no virtio network card: NET-VHOST, NET-QUEUES, NET-RING, NET-OFFLOADS
  
  0 errors, 0 warnings, 0 pieces of advice
  $ hostlease policy show --root host old
  policy old (/etc/hostlease/old.toml)
    key           value      from
    audit.ignore  NET-MODEL  /etc/hostlease/old.toml:3:11
  $ domain old 2 >old.xml
  $ hook old prepare begin; hook old start begin; pages 1; ls host/run
  0
  $ hostlease plan --root host --xml old.xml
  domain old (149603e6-c035-1636-2a8d-a23f624db945)
  no policy matches: hostlease would do nothing

Mistakes

  $ policy old <<'TOML'
  > version = 1
  > audit.ignore = ["NET-MODE"]
  > TOML
  $ hostlease check --root host
  /etc/hostlease/win11.toml: ok
  /etc/hostlease/old.toml:2:17: error: audit.ignore names 'NET-MODE', which is no rule
    hint: did you mean "NET-MODEL"?
  [2]
  $ hostlease audit --root host old.xml --symptom multi-monitor 2>&1 | tail -n 2
  /etc/hostlease/old.toml:2:17: warning: audit.ignore names 'NET-MODE', which is no rule
    hint: did you mean "NET-MODEL"?
  $ hostlease audit
  hostlease: audit needs a DOMAIN, or a FILE.xml
  [2]
  $ hostlease audit missing.xml
  hostlease: cannot read: missing.xml: No such file or directory
  [2]
  $ echo '<domain' | hostlease audit -
  -:1: error: not well-formed XML: a tag is broken or never ends
  [2]
  $ hostlease audit old.xml --guest beos
  hostlease: --guest: beos not in {windows,linux,macos,other}
    hint: `hostlease audit --help` shows what it takes
  [2]
  $ hostlease audit old.xml --json --sarif
  hostlease: only one of --json, --sarif and --markdown
  [2]
  $ hostlease audit old.xml --symptom none 2>&1 | head -n 1
  hostlease: --symptom: none not in {slow-boot,sluggish-ui,idle-cpu,slow-disk,slow-share,slow-network,stutter,multi-monitor,memory-pressure,steal,slow-start,vm-detection}
