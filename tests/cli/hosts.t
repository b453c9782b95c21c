Machines as lscpu tells of them

  $ . "$CLI/setup"
  $ host_of() { rm -rf host; "$CLI/../support/make-host" "$CLI/../data/hosts/$1" host; }

A hybrid CPU, with a VM on both kinds of core

  $ host_of core-i9-12900k
  $ hostlease map --root host
  node0, 64 GiB, CPU 0-23
    .. .. .. .. .. .. .. .. . . . . . . . .
  
    .  housekeeping  CPU 0-23
  $ policy own <<'TOML'
  > version = 1
  > cpus.isolate = "pinned"
  > TOML
  $ domain own 2 0 >own.xml; sed -i "s/cpuset='0'/cpuset='16'/; s/cpuset='1'/cpuset='2'/" own.xml
  $ hostlease plan --root host --xml own.xml --policy host/etc/hostlease/own.toml
  domain own (b515e18a-a3fb-e7d2-64d7-ca5a95ef73e1)
  policy own (host/etc/hostlease/own.toml)
  
    huge pages   needed  free  promised  to grow  left for the host
    node0 2 MiB  1024    0     0         1024     60 GiB
  
    phase    knob               from  to    file                                                                    why
    prepare  hugepages.reserve  0     1024  /sys/devices/system/node/node0/hugepages/hugepages-2048kB/nr_hugepages  1024 pages of 2 MiB needed, 0 free, 0 promised to other VMs
  host/etc/hostlease/own.toml:2:16: warning: nothing keeps the host off CPU 2,16: there is no cgroup below the root but the VMs', and what is in the root cgroup cannot be restricted
    hint: run the host's services in cgroups of their own, as systemd does, or isolate the CPUs with isolcpus=
  host/etc/hostlease/own.toml:2:16: warning: CPU 2 would be the VM's, and CPU 3, other hardware threads of the same cores, the host's: what runs there slows the VM down
    hint: give the VM whole cores, or set cpus.keep_siblings = "allow"
  host/etc/hostlease/own.toml:2:16: warning: the emulator is not pinned, and so may run on the CPUs of the vCPUs
    hint: add an <emulatorpin> to the domain's <cputune>
  $ hostlease audit --root host --host own.xml | grep -A1 "PIN-L3:"
  own.xml:9: advice: PIN-L3: vCPUs run on performance cores (CPU 2) and on efficient ones (CPU 16)
    wanted: one kind, as the guest takes its CPUs for equal

CPUs that are offline, of cores as a whole and of others one thread

  $ host_of xeon-quad-offline
  $ hostlease map --root host
  node0, 16 GiB, CPU 0-1,3-4,6-12,15
    .. .. .. .. . .. .
  
    .  housekeeping  CPU 0-1,3-4,6-12,15
    -  offline       CPU 2,5,13-14
