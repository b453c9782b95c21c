#!/usr/bin/env python3
"""call_times.py listen SOCKET FILE: receives journal entries; FILE gets a line for each completed call.
call_times.py table FILE: for each operation, the number of calls, and the times of the calls and their parts.

Errors in the journal also become lines of FILE.
"""
import collections
import re
import socket
import sys

TIMES = ("HOSTLEASE_DURATION_USEC", "HOSTLEASE_LOCK_USEC", "HOSTLEASE_PAGES_USEC", "HOSTLEASE_WRITES_USEC")
ORDER = ("prepare", "start", "started", "stopped", "release")
PERCENTILES = (50, 99, 100)


def fields_of(datagram):
    """The entry's fields, without those of several lines, which have another format."""
    lines = datagram.decode(errors="replace").split("\n")
    return dict(line.split("=", 1) for line in lines if re.match(r"[A-Z_]+=", line))


def listen(path, file):
    receiver = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
    receiver.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 1 << 20)
    receiver.bind(path)
    with open(file, "w", encoding="utf-8", buffering=1) as lines:
        while True:
            entry = fields_of(receiver.recv(1 << 16))
            if int(entry.get("PRIORITY", 6)) <= 3:
                print("error", entry.get("MESSAGE", ""), file=lines)
            if "HOSTLEASE_DURATION_USEC" in entry:
                print("call", entry["HOSTLEASE_OPERATION"], *(entry[name] for name in TIMES), file=lines)


def percentile(values, percent):
    """The percentile: the smallest value that this share of the values does not exceed."""
    ranked = sorted(values)
    return ranked[max(0, -(-len(ranked) * percent // 100) - 1)]


def table(file):
    calls = collections.defaultdict(list)
    with open(file, encoding="utf-8") as lines:
        for line in lines:
            words = line.split()
            if words[0] == "call":
                calls[words[1]].append([int(word) for word in words[2:]])
                calls["all"].append(calls[words[1]][-1])
    parts = ("call", "waiting for others", "growing pools", "setting values")
    print(f"{'ms, p50/p99/max':>15} {'calls':>6}" + "".join(f"{part:>28}" for part in parts))
    for operation in [name for name in ORDER if name in calls] + ["all"]:
        row = f"{operation:>15} {len(calls[operation]):6}"
        for times in zip(*calls[operation]):
            row += f"{' / '.join(f'{percentile(times, percent) / 1000:.1f}' for percent in PERCENTILES):>28}"
        print(row)


if __name__ == "__main__":
    if len(sys.argv) == 4 and sys.argv[1] == "listen":
        listen(sys.argv[2], sys.argv[3])
    elif len(sys.argv) == 3 and sys.argv[1] == "table":
        table(sys.argv[2])
    else:
        sys.exit(__doc__)
