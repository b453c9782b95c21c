#!/usr/bin/env python3
"""corpus.py SOURCE HOSTLEASE WORK: checks suggestions for domains on the hosts of WORK/hosts.

The domains are all in SOURCE's tests that libvirt accepts. Prints one line for each wrong suggestion, "KIND
FILE SYSTEM HOST: WHY", and then the numbers. libvirt judges twice: by its schema (xmllint, like
virt-xml-validate), and by converting the domain to QEMU's command line with the driver itself, embedded in
virsh. Settings that fail only because of this machine, such as KVM of another architecture, are replaced in
the converted copy. A domain that cannot be converted, because it is invalid or needs a device that this
machine lacks, is judged only by the schema.
"""
import collections
import concurrent.futures
import hashlib
import json
import os
import pathlib
import re
import subprocess
import sys
import xml.etree.ElementTree as xml

SCHEMA = "/usr/share/libvirt/schemas/domain.rng"
SYSTEMS = ("windows", "linux")
LACKING = re.compile("/dev/dri")  # a screen with OpenGL needs a graphics card of the host
HOST_CPU = r"""(<cpu\b[^>]*?) mode=(['"])host-(?:passthrough|model)\2"""
# What this machine lacks, by libvirt's message, and its replacement in the copy that is converted. The hosts
# have nodes that this machine does not have, and it runs other architectures only by emulation, some of them
# without a CPU called max.
INSTEAD = [(re.compile(said), re.compile(old), new) for said, old, new in (
    (r"NUMA node \d+ is unavailable",
     r"""(<(?:memory|memnode)\b[^>]*\bnodeset=)(['"])[^'"]*\2""", r"\1\g<2>0\2"),
    (r"Advice from numad", r"""(<memory\b[^>]*?) placement=(['"])auto\2""", r"\1 nodeset=\g<2>0\2"),
    (r"Advice from numad", r"""(<vcpu\b[^>]*?) placement=(['"])auto\2""", r"\1"),
    (r"does not support virt type 'kvm'", r"""(<domain\b[^>]*\btype=)(['"])kvm\2""", r"\1\2qemu\2"),
    (r"CPU mode 'host-\w+' for (?:x86_64|i686|aarch64|armv7l|s390x) ", HOST_CPU, r"\1 mode='maximum'"),
    (r"CPU mode 'host-\w+' for (?:ppc|riscv)", HOST_CPU, r"\1"),
    (r"incompatible with host CPU",
     r"""(<cpu\b[^>]*?) check=(['"])(?:partial|full)\2""", r"\1 check=\g<2>none\2"),
    (r"invalid PCI passthrough type",
     r"""(<hostdev\b(?=[^>]*type=['"]pci['"])[^>]*>)(?!\s*<driver)""", r"\1<driver name='vfio'/>"),
)]
# libvirt 9.0 frees each interface before the conversion and then reads whether it is a host device:
# qemuConnectDomainXMLToNative.
FREED = re.compile(r"""<interface\b[^>]*\btype=['"]hostdev['"].*?</interface>""", re.S)
KINDS = ("not suggested", "refused by libvirt", "not idempotent", "worse", "lost devices")


def run(*command, **options):
    return subprocess.run(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True,
                          errors="replace", **options)


def chunks(files, size=200):
    return [files[at : at + size] for at in range(0, len(files), size)]


class Libvirt:
    """What libvirt makes of files: 0 refuses the schema, 1 passes it, 2 becomes a command line as well."""

    def __init__(self, work):
        self.work = work
        self.uri = f"qemu:///embed?root={work}/driver"

    def schema(self, files):
        """What is wrong with each file that does not validate."""
        wrong = {}
        for chunk in chunks(files):
            said = run("xmllint", "--noout", "--relaxng", SCHEMA, *chunk).stdout
            valid = set(re.findall(r"^(.*) validates$", said, re.M))
            for file in chunk:
                if file not in valid:
                    wrong[file] = next((line for line in said.splitlines() if line.startswith(f"{file}:")),
                                       "does not validate")
        return wrong

    def native(self, files):
        """What is wrong with each file that is not converted."""
        copies = {file: self.local(file) for file in files}
        wrong, rest = {}, files
        while rest:
            said = self.convert([(file, copies[file]) for file in rest])
            rest = [file for file, why in said.items() if self.replace(copies[file], why)]
            wrong.update((file, why) for file, why in said.items() if file not in rest)
        return wrong

    def convert(self, rest):
        """The error for each copy that is not converted.

        A driver may die because of an earlier file: a new one starts again with the same file.
        """
        wrong = {}
        while rest:
            commands = "".join(f"echo @@{at}\ndomxml-to-native qemu-argv {copy}\n"
                               for at, (_, copy) in enumerate(rest))
            said = run("virsh", "-q", "-c", self.uri, input=commands + "echo @@end\n").stdout
            answers = re.split(r"^.*@@(\d+|end)$", said, flags=re.M)[1:]
            numbers, texts = answers[::2], answers[1::2]
            if not numbers:
                sys.exit(f"the embedded driver does not answer: {said}")
            for number, text in zip(numbers, texts):
                error = re.search(r"^error: (.*)", text, re.M)
                if number != "end" and error:
                    wrong[rest[int(number)][0]] = error[1]
            if numbers[-1] == "end":
                break
            last = int(numbers[-1])
            if last == 0:
                wrong[rest[0][0]] = "the driver dies"
            rest = rest[max(last, 1) :]
        return wrong

    def local(self, file):
        """A copy for libvirt's conversion, under a name without blanks."""
        copy = self.work / "native" / hashlib.sha1(file.encode()).hexdigest()
        write(copy, FREED.sub("", read(file)))
        return copy

    def replace(self, copy, why):
        """Whether the copy has something else now where libvirt said this of it."""
        old = new = read(copy)
        for said, pattern, instead in INSTEAD:
            if said.search(why):
                new = pattern.sub(instead, new)
        write(copy, new)
        return new != old


def read(file):
    return pathlib.Path(file).read_bytes().decode("utf-8", errors="surrogateescape")


def write(file, text):
    file.write_bytes(text.encode("utf-8", errors="surrogateescape"))


def elements(file):
    root = xml.parse(file).getroot()
    devices = root.find("devices")
    return root, [] if devices is None else list(devices)


def text_of(element):
    if element is None:
        return ""
    return xml.tostring(element, encoding="unicode", short_empty_elements=True).strip()


def identity(device):
    """What a device is, whatever becomes of its settings."""
    target, source = device.find("target"), device.find("source")
    if device.tag == "controller":
        return device.tag, device.get("type"), device.get("index", "0")
    if device.tag == "channel" and target is not None:
        return device.tag, device.get("type"), target.get("type"), target.get("name")
    if device.tag in ("disk", "filesystem", "hostdev", "interface"):
        return device.tag, device.get("type", "mount"), text_of(source), text_of(device.find("mac"))
    return (device.tag,)


def lost(before, after):
    """Devices, I/O threads and cells of memory that are no longer there."""
    (old_root, old), (new_root, new) = elements(before), elements(after)
    missing = [" ".join(str(part) for part in one) for one in
               collections.Counter(map(identity, old)) - collections.Counter(map(identity, new))
               if one[:2] != ("controller", "usb") or one not in set(map(identity, new))]
    for path in ("iothreadids/iothread", "cpu/numa/cell"):
        if len(new_root.findall(path)) < len(old_root.findall(path)):
            missing.append(path)
    return missing


def strict_nodes(root):
    """The nodes that all of the guest's memory has to come from; None where it may come from others."""
    memory = root.find("numatune/memory")
    if memory is None or memory.get("mode", "strict") != "strict" or not memory.get("nodeset"):
        return None
    nodes = set()
    for part in memory.get("nodeset").split(","):
        first, _, last = part.lstrip("^").partition("-")
        numbers = set(range(int(first), int(last or first) + 1))
        nodes = nodes - numbers if part.startswith("^") else nodes | numbers
    return nodes


class Suggestions:
    """Every group for each system, and one group alone."""

    def __init__(self, hostlease, work):
        self.hostlease = hostlease
        self.work = work
        self.hosts = sorted(path.name for path in (work / "hosts").iterdir())
        said = run(hostlease, "__complete", "suggest", "--set", "").stdout
        self.groups = [line.split("\t")[0] for line in said.splitlines()]

    def wishes(self, number):
        host = [self.hosts[(number + part * 7) % len(self.hosts)] for part in range(3)]
        every = ",".join(self.groups)
        return [("windows", every, host[0]), ("linux", every, host[1]),
                (SYSTEMS[number % 2], self.groups[number // 2 % len(self.groups)], host[2])]

    def suggest(self, file, system, groups, host, new):
        return run(self.hostlease, "suggest", file, "--root", self.work / "hosts" / host,
                   "--for", system, "--set", groups,
                   "--write", new, "--json")

    def plan(self, file, host):
        done = run(self.hostlease, "plan", "--xml", file, "--root", self.work / "hosts" / host)
        return done.returncode, done.stdout

    def judge(self, number, file, part):
        """The new file, and what is wrong with it as far as libvirt is not asked."""
        system, groups, host = self.wishes(number)[part]
        new, again = (str(self.work / "new" / f"{number}-{part}{end}.xml") for end in ("", "-again"))
        subject = f"{file} --for {system} --set {groups if part == 2 else 'all'} on {host}"
        done = self.suggest(file, system, groups, host, new)
        if done.returncode != 0:
            return None, subject, [("not suggested", short(done.stdout))]
        wrong = []
        second = self.suggest(new, system, groups, host, again)
        if second.returncode != 0:
            wrong.append(("not idempotent", short(second.stdout)))
        elif pathlib.Path(new).read_bytes() != pathlib.Path(again).read_bytes():
            changes = json.loads(second.stdout[second.stdout.index("{"):])
            wrong.append(("not idempotent", short(changes["diff"])))
        wrong += [("lost devices", what) for what in lost(file, new)]
        wrong += [("worse", what) for what in self.worse(file, new, host)]
        return new, subject, wrong

    def worse(self, before, after, host):
        old_code, _ = self.plan(before, host)
        new_code, said = self.plan(after, host)
        if new_code > old_code:
            yield f"plan exits with {new_code}, before with {old_code}: {short(said)}"
        old, new = (strict_nodes(xml.parse(file).getroot()) for file in (before, after))
        if new is not None and new != old:
            folder = self.work / "hosts" / host / "sys/devices/system/node"
            nodes = {int(path.name[4:]) for path in folder.glob("node[0-9]*")}
            if not new <= nodes:
                yield f"memory comes from nodes {sorted(new)}, the host has {sorted(nodes)}"


def short(text):
    return text.strip().replace("\n", " | ")[-400:]


def architecture(file):
    """The guest's, whatever its emulator."""
    named = re.search(r"""<type\b[^>]*\barch=['"](\w+)""", read(file))
    return named[1] if named else "none named"


def by_architecture(valid, native):
    """How many of these become a command line, "aarch64 3 of 4"."""
    every = collections.Counter(map(architecture, valid))
    converted = collections.Counter(architecture(file) for file in valid if file not in native)
    return ", ".join(f"{name} {converted[name]} of {number}" for name, number in sorted(every.items()))


def domains(folder):
    """Files with a domain of QEMU's, each content once."""
    seen = {}
    for file in sorted(folder.rglob("*.xml")):
        content = file.read_bytes() if file.is_file() else b""
        if re.search(rb"<domain\b[^>]*\btype=['\"](kvm|qemu)['\"]", content):
            seen.setdefault(content, str(file))
    return list(seen.values())


def judge_suggestions(files, native, suggestions, wrong):
    """Suggested files, each with the file that it is from and what was asked for."""
    origin = {}
    with concurrent.futures.ThreadPoolExecutor(os.cpu_count()) as pool:
        jobs = [(file, pool.submit(suggestions.judge, number, file, part))
                for number, file in enumerate(files) for part in range(3)]
        for file, job in jobs:
            new, subject, faults = job.result()
            for kind, why in faults:
                if kind != "not suggested" or file not in native:  # libvirt may refuse it as well
                    wrong[kind].append(f"{subject}: {why}")
            if new:
                origin[new] = (file, subject)
    return origin


def judge_by_libvirt(libvirt, native, origin, wrong):
    refused = libvirt.schema(list(origin))
    converted = libvirt.native([new for new, (file, _) in origin.items()
                                if file not in native and new not in refused])
    refused.update({new: why for new, why in converted.items() if not LACKING.search(why)})
    for new, why in refused.items():
        wrong["refused by libvirt"].append(f"{origin[new][1]}: {why}")


def main():
    source, hostlease, work = pathlib.Path(sys.argv[1]), sys.argv[2], pathlib.Path(sys.argv[3])
    for folder in ("native", "new", "driver/etc"):
        (work / folder).mkdir(parents=True, exist_ok=True)
    first, every = sys.argv[4].split("/") if len(sys.argv) > 4 else (0, 1)
    files = domains(source / "tests")[int(first) :: int(every)]
    libvirt = Libvirt(work)
    schema = libvirt.schema(files)
    valid = [file for file in files if file not in schema]
    native = libvirt.native(valid)
    print(f"# {len(files)} domains, {len(valid)} pass the schema, "
          f"{len(valid) - len(native)} become a command line here", flush=True)
    print(f"# of these: {by_architecture(valid, native)}", flush=True)
    wrong = collections.defaultdict(list)
    origin = judge_suggestions(valid, native, Suggestions(hostlease, work), wrong)
    judge_by_libvirt(libvirt, native, origin, wrong)
    for kind in KINDS:
        for line in wrong[kind]:
            print(f"{kind}: {line}")
    print(f"# {len(origin)} suggestions: " + ", ".join(f"{len(wrong[kind])} {kind}" for kind in KINDS))
    sys.exit(0 if origin and not any(wrong.values()) else 1)


main()
