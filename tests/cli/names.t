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

