What node_exporter's textfile collector reads

  $ . "$CLI/setup"
  $ sed -i 's/win11/a "b" \\ c/' win11.xml
  $ mv win11.xml 'a "b" \ c.xml'; mv host/etc/hostlease/win11.toml 'host/etc/hostlease/a "b" \ c.toml'
  $ start 'a "b" \ c'
  $ hostlease metrics --root host | sed -E '/^[^#].*_seconds/s/ [0-9.]+$/ N/'
  # HELP hostlease_leases Leases by state.
  # TYPE hostlease_leases gauge
  hostlease_leases{state="preparing"} 0
  hostlease_leases{state="prepared"} 0
  hostlease_leases{state="starting"} 0
  hostlease_leases{state="running"} 1
  hostlease_leases{state="ending"} 0
  hostlease_leases{state="releasing"} 0
  # HELP hostlease_lease_start_time_seconds Time when the lease was made, in seconds since 1970.
  # TYPE hostlease_lease_start_time_seconds gauge
  hostlease_lease_start_time_seconds{domain="a \"b\" \\ c",uuid="3a83fe44-1753-604f-469d-84b66c65eb09",policy="a \"b\" \\ c"} N
  # HELP hostlease_lease_cpus CPUs that are isolated for the VM.
  # TYPE hostlease_lease_cpus gauge
  hostlease_lease_cpus{domain="a \"b\" \\ c",uuid="3a83fe44-1753-604f-469d-84b66c65eb09"} 0
  # HELP hostlease_call_duration_seconds Duration of the last call of each kind for the lease.
  # TYPE hostlease_call_duration_seconds gauge
  hostlease_call_duration_seconds{domain="a \"b\" \\ c",uuid="3a83fe44-1753-604f-469d-84b66c65eb09",operation="prepare"} N
  hostlease_call_duration_seconds{domain="a \"b\" \\ c",uuid="3a83fe44-1753-604f-469d-84b66c65eb09",operation="start"} N
  hostlease_call_duration_seconds{domain="a \"b\" \\ c",uuid="3a83fe44-1753-604f-469d-84b66c65eb09",operation="started"} N
  # HELP hostlease_call_part_duration_seconds Parts of that duration: waiting for other calls (lock), growing pools (pages), setting values (writes).
  # TYPE hostlease_call_part_duration_seconds gauge
  hostlease_call_part_duration_seconds{domain="a \"b\" \\ c",uuid="3a83fe44-1753-604f-469d-84b66c65eb09",operation="prepare",part="lock"} N
  hostlease_call_part_duration_seconds{domain="a \"b\" \\ c",uuid="3a83fe44-1753-604f-469d-84b66c65eb09",operation="prepare",part="pages"} N
  hostlease_call_part_duration_seconds{domain="a \"b\" \\ c",uuid="3a83fe44-1753-604f-469d-84b66c65eb09",operation="prepare",part="writes"} N
  hostlease_call_part_duration_seconds{domain="a \"b\" \\ c",uuid="3a83fe44-1753-604f-469d-84b66c65eb09",operation="start",part="lock"} N
  hostlease_call_part_duration_seconds{domain="a \"b\" \\ c",uuid="3a83fe44-1753-604f-469d-84b66c65eb09",operation="start",part="pages"} N
  hostlease_call_part_duration_seconds{domain="a \"b\" \\ c",uuid="3a83fe44-1753-604f-469d-84b66c65eb09",operation="start",part="writes"} N
  hostlease_call_part_duration_seconds{domain="a \"b\" \\ c",uuid="3a83fe44-1753-604f-469d-84b66c65eb09",operation="started",part="lock"} N
  hostlease_call_part_duration_seconds{domain="a \"b\" \\ c",uuid="3a83fe44-1753-604f-469d-84b66c65eb09",operation="started",part="pages"} N
  hostlease_call_part_duration_seconds{domain="a \"b\" \\ c",uuid="3a83fe44-1753-604f-469d-84b66c65eb09",operation="started",part="writes"} N
  # HELP hostlease_hugepages Pages of the huge page pool.
  # TYPE hostlease_hugepages gauge
  hostlease_hugepages{node="0",page_size_bytes="1073741824"} 0
  hostlease_hugepages{node="0",page_size_bytes="2097152"} 0
  hostlease_hugepages{node="1",page_size_bytes="1073741824"} 0
  hostlease_hugepages{node="1",page_size_bytes="2097152"} 1024
  # HELP hostlease_hugepages_free Free pages of the pool.
  # TYPE hostlease_hugepages_free gauge
  hostlease_hugepages_free{node="0",page_size_bytes="1073741824"} 0
  hostlease_hugepages_free{node="0",page_size_bytes="2097152"} 0
  hostlease_hugepages_free{node="1",page_size_bytes="1073741824"} 0
  hostlease_hugepages_free{node="1",page_size_bytes="2097152"} 0
  # HELP hostlease_hugepages_leased Pages that are leased to VMs, mapped or not.
  # TYPE hostlease_hugepages_leased gauge
  hostlease_hugepages_leased{node="0",page_size_bytes="1073741824"} 0
  hostlease_hugepages_leased{node="0",page_size_bytes="2097152"} 0
  hostlease_hugepages_leased{node="1",page_size_bytes="1073741824"} 0
  hostlease_hugepages_leased{node="1",page_size_bytes="2097152"} 1024
  # HELP hostlease_hugepages_promised Pages that are leased and not mapped yet.
  # TYPE hostlease_hugepages_promised gauge
  hostlease_hugepages_promised{node="0",page_size_bytes="1073741824"} 0
  hostlease_hugepages_promised{node="0",page_size_bytes="2097152"} 0
  hostlease_hugepages_promised{node="1",page_size_bytes="1073741824"} 0
  hostlease_hugepages_promised{node="1",page_size_bytes="2097152"} 0
  # HELP hostlease_isolated_cpus CPUs that are isolated for VMs.
  # TYPE hostlease_isolated_cpus gauge
  hostlease_isolated_cpus 0
  # HELP hostlease_findings Findings of `hostlease verify`: drift, interrupted changes, leases of VMs that are gone.
  # TYPE hostlease_findings gauge
  hostlease_findings 0

A file is replaced as a whole, and others may read it

  $ echo old >host.prom; ln host.prom old.prom
  $ hostlease metrics --root host --output host.prom
  $ cat old.prom; stat -c %a host.prom; grep -c hostlease_leases host.prom; ls *.prom*
  old
  644
  8
  host.prom
  old.prom
  $ hostlease metrics --root host --output missing/host.prom
  hostlease: cannot write missing/host.prom: No such file or directory
  [1]

OpenMetrics ends with EOF, and names counters without _total

  $ hostlease metrics --root host --openmetrics | tail -n 1
  # EOF

A pipe is written to, not replaced

  $ mkfifo pipe
  $ cat pipe > all &
  $ hostlease metrics --root host --output pipe
  $ wait; head -n 1 all; test -p pipe
  # HELP hostlease_leases Leases by state.
