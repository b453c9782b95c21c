Names are other people's text: none of them becomes a path, an option or a command.

  $ . "$CLI/setup"
  $ rm host/etc/hostlease/*
  $ printf 'version = 1\nmatch.domain = "*"\nmemory.swappiness = 10\n' | policy all

  $ cycle() {
  >   name=$1
  >   escaped=$(printf '%s' "$name" | sed -e 's/&/\&amp;/g' -e 's/</\&lt;/g')
  >   domain win11 1 | NAME=$escaped perl -pe 's/>win11</>$ENV{NAME}</' >weird.xml
  >   for call in 'prepare begin' 'start begin' 'started begin'; do
  >     hostlease hook --root host -- "$name" $call - <weird.xml || echo "exit $?"
  >   done
  >   hostlease status --root host --json | jq -c '.leases[].domain' | cut -c 1-60
  >   hostlease status --root host | sed -n 2p | sed 's/running.*/running/' | cut -c 1-40
  >   for call in 'stopped end' 'release end'; do
  >     hostlease hook --root host -- "$name" $call - </dev/null || echo "exit $?"
  >   done
  >   hostlease status --root host
  > }

  $ cycle 'two words'
  "two words"
    two words  running
  no leases
  $ cycle '-x'
  "-x"
    -x      running
  no leases
  $ cycle '--help'
  "--help"
    --help  running
  no leases
  $ cycle '..'
  ".."
    ..      running
  no leases
  $ cycle '$(touch pwned)`touch pwned`'
  "$(touch pwned)`touch pwned`"
    $(touch pwned)`touch pwned`  running
  no leases
  $ cycle "it's \"quoted\" \\ and ; more &"
  "it's \"quoted\" \\ and ; more &"
    it's "quoted" \ and ; more &  running
  no leases
  $ cycle "$(printf 'n%.0s' {1..4096})"
  "nnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnn
    nnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnn
  no leases
  $ cycle 'Büro-Ω'
  "B\xc3\xbcro-\xce\xa9" (esc)
    B\xc3\xbcro-\xce\xa9  running (esc)
  no leases
  $ find . -name pwned

What libvirt refuses in a name is refused here as well

  $ cycle '../../etc/passwd'
  hostlease: VM '../../etc/passwd': domain XML:2: '../../etc/passwd' in <name> has a '/' or a line end, which libvirt refuses in a name
  exit 2
  hostlease: VM '../../etc/passwd': domain XML:2: '../../etc/passwd' in <name> has a '/' or a line end, which libvirt refuses in a name
  exit 2
  no leases
  $ cycle $'two\nlines'
  hostlease: VM 'two?lines': domain XML:2: 'two lines' in <name> has a '/' or a line end, which libvirt refuses in a name
  exit 2
  hostlease: VM 'two?lines': domain XML:2: 'two lines' in <name> has a '/' or a line end, which libvirt refuses in a name
  exit 2
  no leases

A name on the hook's command line ends up on one line, without control characters, and not endless

  $ hostlease hook --root host $'two\nlines\x1b[31m' prepare begin - </dev/null
  hostlease: VM 'two?lines?[31m': domain XML: the text is empty; a <domain> was expected
  [2]
  $ hostlease hook --root host "$(printf 'n%.0s' {1..4096})" prepare begin - </dev/null 2>&1 | wc -c
  329

A terminal's control characters cannot come in through the XML

  $ sed 's/win11/a\x1b[31m/' win11.xml | hostlease plan --root host --xml -
  -:2: error: a control character, which XML does not allow
  [2]


Control characters in a name reach no terminal: not of 7 bits, not of 8

  $ domain win11 1 | sed 's/>win11</>a\&#13;b\&#9;c\&#x9b;31m</' >weird.xml
  $ for call in 'prepare begin' 'start begin' 'started begin'; do hostlease hook --root host weird $call - <weird.xml; done
  $ cat >shows <<'SH'
  > hostlease status --root host
  > hostlease status --root host --json
  > hostlease explain --root host memory.swappiness
  > hostlease map --root host
  > hostlease plan --root host --xml weird.xml
  > hostlease audit --root host weird.xml
  > hostlease audit --root host --markdown weird.xml
  > hostlease audit --root host --sarif weird.xml
  > hostlease plan --root host --xml weird.xml --json
  > hostlease reconcile --root host --dry-run
  > echo 60 >host/proc/sys/vm/swappiness
  > hostlease verify --root host
  > hostlease release --root host --dry-run --force $'a\rb\tc\302\23331m'
  > hostlease release --root host $'no such\e[31m'
  > SH
  $ . ./shows >shown 2>&1
  [2]
  $ grep -c '31m' shown
  11
  $ LC_ALL=C grep -naP '[\x00-\x08\x0b-\x1f\x7f]|\xc2[\x80-\x9f]' shown
  [1]
  $ hostlease status --root host | sed -n 2p | cut -c 1-21
    a?b?c??31m  running
  $ hostlease status --root host --json | jq -r '.leases[].domain' | od -An -c
     a  \r   b  \t   c 302 233   3   1   m  \n
  $ hostlease hook --root host weird stopped end - <weird.xml; hostlease hook --root host weird release end - <weird.xml

The environment chooses no program and no file

  $ mkdir evil; printf '#!/bin/sh\ntouch %s/pwned\n' "$PWD" | tee evil/lstopo evil/lstopo-no-graphics evil/virsh evil/sh >/dev/null; chmod +x evil/*
  $ hostlease plan --root host --xml win11.xml >as-ever
  $ PATH=$PWD/evil:$PATH HOME=$PWD/evil LC_ALL=de_DE.UTF-8 LANGUAGE=de hostlease plan --root host --xml win11.xml | cmp - as-ever
  $ PATH=$PWD/evil:$PATH hostlease map --root host --svg picture.svg >/dev/null 2>&1
  [1]
  $ find . -name pwned
