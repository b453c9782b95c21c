# What is another one on each host and in each run, as fixed words. For sed -E.

# times, and where the time of a call went, which is told from 1 ms on
s/[0-9]{4}-[0-9]{2}-[0-9]{2} [0-9]{2}:[0-9]{2}:[0-9]{2}/DATE-AND-TIME/
s/  (waiting for others|growing pools|setting values) .*//
s/[0-9.]+ m?s\b/DURATION/g
# the columns of such tables are as wide as that
/DURATION|took|^ +domain +state/ s/([^ ]) {2,}/\1  /g
/DATE-AND-TIME/ s/ +$//

s/[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}/UUID/
s/\b6\.[0-9.]+-[^ ,]*amd64/KERNEL/
s/version [0-9.]+$/version VERSION/
s/systemd [0-9]+/systemd VERSION/
s/hostlease([_ (]+)[0-9][^ )]*/hostlease\1VERSION/
s/[0-9]+\.[0-9] GiB/SIZE/
s/[0-9]+ files and directories/COUNT files and directories/
# apt, on a host as small as this one
/^  debconf: delaying package configuration/d
