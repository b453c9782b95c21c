#!/usr/bin/env python3
"""tally.py SUITE TESTLOG.json: adds up the TAP cases of one meson suite.

The first line is "PASSED FAILED SKIPPED", the rest is for people. Reads meson's JSON log instead of its JUnit
file, which shows a program that timed out as passed, and omits a crash after the first case.
"""
import collections
import json
import re
import sys

CASE = re.compile(r"(not )?ok\b\s*\d*\s*(?:- )?(.*?)(?:\s+# (skip)\S*\s*(.*))?$", re.IGNORECASE)
PLAN = re.compile(r"1\.\.(\d+)\s*(?:# skip\S*\s*(.*))?", re.IGNORECASE)
HEADING = re.compile(r"--- (?:after )?(.*)")
TAIL_LINES = 15
NOTE_LINES = 40


class Program:
    def __init__(self, record):
        self.name = record["name"].split(" / ")[-1]
        self.passed, self.failed, self.skipped = 0, [], []
        planned = self.read(record.get("stdout", "").splitlines())
        self.judge(record, planned)

    def read(self, lines):
        planned, notes = None, []
        for line in lines:
            case, plan = CASE.match(line), PLAN.match(line)
            if case:
                self.add(*case.groups(), notes)
                notes = []
            elif plan:
                planned = int(plan.group(1))
                if planned == 0:
                    self.skipped.append(("", plan.group(2) or "no cases"))
            elif line.startswith("#"):
                notes.append(line)
            elif line.startswith("Bail out!"):
                self.failed.append((line, []))
        return planned

    def add(self, bad, name, skip, reason, notes):
        """Takes one case, with the notes that came before it."""
        if bad:
            self.failed.append((name, notes))
        elif skip:
            self.skipped.append((name, reason or "no reason given"))
        else:
            self.passed += 1

    def judge(self, record, planned):
        """Counts an error of the whole program as an additional failed case.

        A case gets the output below its heading.
        """
        stderr = re.sub(r"\n\(test program exited with .*\)$", "", record.get("stderr", ""))
        stderr = stderr.strip().splitlines()
        sections = sections_of(stderr)
        for name, notes in self.failed:
            for lines in sections.get(name, []):
                notes.extend(tail(lines))
        fault = self.fault(record, planned)
        if fault:
            self.failed.append((fault, tail(record.get("stdout", "").strip().splitlines())))
        if self.failed and (fault or not sections):
            self.failed[-1][1].extend(tail(stderr))

    def fault(self, record, planned):
        result, status = record["result"], record["returncode"]
        ran = self.passed + len(self.failed) + sum(1 for name, _ in self.skipped if name)
        if result == "TIMEOUT":
            return f"timed out after {record['duration']:.0f} s"
        if status < 0:
            return f"was killed by signal {-status}"
        if planned is None:
            return "stopped before its plan" if ran else "printed no TAP"
        if planned != ran:
            return f"planned {planned} cases, ran {ran}"
        if not self.failed and status != 0:
            return f"exited with status {status}"
        if not self.failed and result not in ("OK", "SKIP"):
            return f"meson says {result}"
        return None


def sections_of(lines):
    """Name of a case to lists of the lines below each of its headings."""
    sections = collections.defaultdict(list)
    for line in lines:
        heading = HEADING.fullmatch(line)
        if heading:
            sections[heading.group(1)].append([])
            below = sections[heading.group(1)][-1]
        elif sections:
            below.append(line)
    return sections


def tail(lines):
    return ["# " + line for line in lines[-TAIL_LINES:]]


def full(program, case):
    return f"{program}: {case}" if case else program


def report(suite, seconds, programs):
    passed = sum(program.passed for program in programs)
    failed = [(full(p.name, name), notes) for p in programs for name, notes in p.failed]
    skipped = collections.defaultdict(list)
    for program in programs:
        for name, reason in program.skipped:
            skipped[reason].append(full(program.name, name))
    skips = sum(map(len, skipped.values()))

    print(passed, len(failed), skips)
    print(f"{suite:10} {passed:5} passed {len(failed):4} failed {skips:4} skipped {seconds:8.1f} s")
    for name, notes in failed:
        print(f"  FAILED   {name}")
        for line in notes[:NOTE_LINES]:
            print("           " + line)
    for reason, names in skipped.items():
        print(f"  skipped  {names[0]}{f' and {len(names) - 1} more' if len(names) > 1 else ''}: {reason}")


def main():
    suite, path = sys.argv[1:]
    with open(path, encoding="utf-8", errors="replace") as log:
        records = [json.loads(line) for line in log]
    start = min((r["starttime"] for r in records), default=0)
    end = max((r["starttime"] + r["duration"] for r in records), default=0)
    report(suite, end - start, [Program(record) for record in records])


main()
