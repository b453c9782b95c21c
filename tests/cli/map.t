The owner of each CPU

  $ . "$CLI/setup"
  $ policy own <<'TOML'
  > version = 1
  > match.domain = ["own*"]
  > cpus.isolate = "pinned"
  > cpus.keep_siblings = "allow"
  > TOML
  $ policy guest <<'TOML'
  > version = 1
  > cpus.isolate = "none"
  > cpus.housekeeping_min_cores = 1
  > TOML
  $ hostlease map --root host
  node0, 8 GiB, CPU 0-3
    . . . .
  
  node1, 8 GiB, CPU 4-7
    . . . .
  
    .  housekeeping  CPU 0-7

  $ for cpu in 0 1 2 3 4 5 6 7; do mkdir -p host/sys/devices/system/cpu/cpu$cpu/topology; echo $((cpu / 2 * 2))-$((cpu / 2 * 2 + 1)) >host/sys/devices/system/cpu/cpu$cpu/topology/thread_siblings_list; done
  $ echo 0-9 >host/sys/devices/system/cpu/possible
  $ domain own1 2 1 >own1.xml
  $ domain own2 1 0 >own2.xml; sed -i "s/cpuset='0'/cpuset='2'/" own2.xml
  $ domain guest 1 0 >guest.xml; sed -i "s/cpuset='1'/cpuset='3'/; s/cpuset='0'/cpuset='1'/" guest.xml
  $ for name in own1 own2 guest; do start "$name"; done
  $ echo 100 >host/sys/devices/system/node/node0/hugepages/hugepages-2048kB/free_hugepages
  $ hostlease map --root host
  node0, 8 GiB, CPU 0-3
    .+ a+
    2 MiB  [################################]  1024 pages: 1024 leased, 0 in use otherwise, 0 free
  
  node1, 8 GiB, CPU 4-7
    bb ..
    2 MiB  [################################]  1024 pages: 1024 leased, 0 in use otherwise, 0 free
  
    .  housekeeping         CPU 0,6-7
    +  shared: own2, guest  CPU 1
    a  own2                 CPU 2
    +  shared: host, guest  CPU 3
    b  own1                 CPU 4-5
    -  offline              CPU 8-9

A picture needs the topology of the root

  $ hostlease map --root host --svg map.svg 2>&1 | sed 's/lstopo\|libhwloc/hwloc/' | grep -v 'hwloc is not there'
  hostlease: no picture: host/sys/devices/system/cpu/cpu*/topology/thread_siblings do not exist
  $ hostlease map --root host/nothing
  hostlease: cannot use the root directory: host/nothing: No such file or directory
  [2]
