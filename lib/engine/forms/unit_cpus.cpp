// The CPUs of a top-level cgroup. systemd's units get theirs as AllowedCPUs, or systemd would write over them; the others
// (container runtimes with cgroups of their own, hosts without systemd) by their cpuset.cpus.
//
// systemd reports success where the kernel refused, clearing AllowedCPUs leaves tasks confined, and only some kernels take it. So a
// write always names CPUs: to give back is to write the baseline, "all CPUs there can be" where none were set. Clearing, and the files
// that are left in /run/systemd, are forget()'s business, when the cgroup already has what it had. Every step of it may be repeated:
//   killed before the baseline is written   the engine's open intention: the next call writes it
//   killed after                            the record reads as settled: the next call comes to forget() again
//   killed in forget()                      our drop-in goes last, and as long as it is there everything is done again
//
// The drop-in is ours by name and comes after all others, so that a daemon-reload in the meantime ends with our value whatever the
// admin's drop-ins say: values of several would be united. systemd's own of SetUnitProperties has the name that `systemctl
// set-property` uses as well: what the admin had in it is kept beside it.
//
// Source: systemd.resource-control(5), systemd 252 to 257 core/cgroup.c and core/dbus-cgroup.c; cgroup-v2.rst and kernel/cgroup/cpuset.c, 6.1
// to 7.2. The rest was found by experiment on these.
#include "core/parse.hpp"
#include "engine/forms/forms.hpp"

#include <algorithm>

namespace hostlease {

namespace {
const std::string cgroups = "/sys/fs/cgroup";
const std::string drop_ins = "/run/systemd/system.control/";
constexpr std::string_view setting = "AllowedCPUs=";

std::string own_directory(const std::string& unit) { return drop_ins + unit + ".d"; }
std::string own_drop_in(const std::string& unit) { return own_directory(unit) + "/zz-hostlease.conf"; }

/// What SetUnitProperties writes. Source: systemd core/unit.c, unit_drop_in_dir: init.scope is a transient unit.
std::string systemd_directory(const std::string& unit) {
    return unit == "init.scope" ? "/run/systemd/transient/init.scope.d" : own_directory(unit);
}
std::string systemd_drop_in(const std::string& unit) { return systemd_directory(unit) + "/50-AllowedCPUs.conf"; }
std::string kept_drop_in(const std::string& unit) { return systemd_drop_in(unit) + ".before-hostlease"; }

bool is_unit(const std::string& name) {
    return name.ends_with(".slice") || name.ends_with(".scope") || name.ends_with(".service");
}

Result<std::optional<std::string>> read_if_there(Host& host, const std::string& path) {
    auto text = host.read(path);
    if (!text && is_missing(text.error())) return std::optional<std::string>{};
    return std::optional(TRY(std::move(text)));
}

Result<CpuSet> read_cpus(Host& host, const std::string& path) {
    const std::string text = TRY(host.read(path));
    auto cpus = parse_cpu_list(trim(text));
    if (!cpus) return fail_io(cpus.error().message, path, 0);
    return cpus;
}

Result<CpuSet> possible_cpus(Host& host) { return read_cpus(host, "/sys/devices/system/cpu/possible"); }

/// The CPUs that a drop-in sets; of ours and of systemd's the last line counts.
CpuSet cpus_of_drop_in(const std::string& text) {
    CpuSet cpus;
    split(text, '\n', [&](std::string_view line) {
        if (line.starts_with(setting)) cpus = parse_cpu_list(line.substr(setting.size())).value_or(CpuSet{});
    });
    return cpus;
}

std::string drop_in_text(const std::string& unit, const CpuSet& cpus) {
    const std::string_view section = unit.ends_with(".slice") ? "Slice" : unit.ends_with(".scope") ? "Scope" : "Service";
    return "# Of hostlease, while a VM holds CPUs; `hostlease status` says which.\n[" + std::string(section) + "]\n" +
           std::string(setting) + "\n" + std::string(setting) + to_list(cpus) + "\n";
}

/// Unset reads as all CPUs there can be: what it means.
Result<std::string> read(Host& host, const KnobRecord& record) {
    const auto text = TRY(read_if_there(host, record.path));
    if (!text) TRY_VOID(host.status(cgroups + "/" + record.target)); // without the controller there is no file
    if (!text || trim(*text).empty()) return to_list(TRY(possible_cpus(host)));
    const auto cpus = parse_cpu_list(trim(*text));
    return cpus ? to_list(*cpus) : std::string(trim(*text));
}

/// Whether the tasks of the cgroup may run where these CPUs let them: on those that are online and in nobody's partition, and on any when
/// there are none of these.
Status check_effective(Host& host, const KnobRecord& record, const CpuSet& cpus) {
    const auto all = read_cpus(host, cgroups + "/cpuset.cpus.effective");
    if (!all && is_missing(all.error())) return {}; // below a made root
    TRY_VOID(all);
    const CpuSet wanted = cpus.intersects(*all) ? cpus & *all : *all;
    const CpuSet found = TRY(read_cpus(host, cgroups + "/" + record.target + "/cpuset.cpus.effective"));
    if (found == wanted) return {};
    return fail(ErrorKind::refused,
                record.target + " was to have the CPUs " + to_list(wanted) + ", and the kernel has it at " + to_list(found));
}

/// Before the first write: what an admin has set by `systemctl set-property --runtime`.
Status keep_admins_drop_in(Host& host, const std::string& unit) {
    const auto own = TRY(read_if_there(host, own_drop_in(unit)));
    const auto text = TRY(read_if_there(host, systemd_drop_in(unit)));
    if (own || !text) return {}; // what is there now is of our making
    return host.replace(kept_drop_in(unit), *text);
}

Status write_unit(Host& host, const KnobRecord& record, const CpuSet& cpus) {
    const std::string& unit = record.target;
    TRY_VOID(keep_admins_drop_in(host, unit));
    TRY_VOID(host.make_directory("/run/systemd/system.control"));
    TRY_VOID(host.make_directory(own_directory(unit)));
    TRY_VOID(host.replace(own_drop_in(unit), drop_in_text(unit, cpus)));
    TRY_VOID(host.set_unit_cpus(unit, cpus));
    return check_effective(host, record, cpus);
}

Status write_file(Host& host, const KnobRecord& record, const CpuSet& cpus) {
    if (!TRY(read_if_there(host, record.path))) TRY_VOID(host.write(cgroups + "/cgroup.subtree_control", "+cpuset"));
    TRY_VOID(host.write(record.path, to_list(cpus)));
    return check_effective(host, record, cpus);
}

bool is_systemds(Host& host, const std::string& name) { return is_unit(name) && host.has_systemd(); }

Status write(Host& host, const KnobRecord& record, const std::string& value) {
    const CpuSet cpus = TRY(parse_cpu_list(value));
    if (cpus.empty()) return fail(ErrorKind::bug, record.target + " cannot be left without CPUs");
    return is_systemds(host, record.target) ? write_unit(host, record, cpus) : write_file(host, record, cpus);
}

/// The unit as it was in systemd's memory. A unit that is gone may still be in it, and would start with our CPUs.
Status give_back_setting(Host& host, const KnobRecord& record, const CpuSet& written, bool was_set_at_runtime) {
    const CpuSet baseline = TRY(parse_cpu_list(record.baseline));
    const auto current = read(host, record);
    const bool is_gone = !current && is_missing(current.error());
    if (!current && !is_gone) return tl::unexpected(current.error());
    if (current && *current != record.baseline) return {}; // set by somebody else
    if (written != baseline && !is_gone) {
        // Somebody has cleared it, which may leave tasks confined to what they had with nothing to show for it (Linux 6.12, 7.2). They are
        // moved by a change: from another set to this one.
        TRY_VOID(host.set_unit_cpus(record.target, written));
        TRY_VOID(host.set_unit_cpus(record.target, baseline));
    }
    if (!is_gone) TRY_VOID(check_effective(host, record, baseline));
    if (was_set_at_runtime && !is_gone) return {};
    const CpuSet setting_before = baseline == TRY(possible_cpus(host)) ? CpuSet{} : baseline;
    if (!is_gone && !setting_before.empty()) return {};
    const auto cleared = host.set_unit_cpus(record.target, setting_before);
    return is_gone ? Status{} : cleared;
}

/// systemd's drop-in as it was before our first write, and nothing of ours.
Status give_back_drop_ins(Host& host, const KnobRecord& record, const CpuSet& written, const std::optional<std::string>& kept) {
    const std::string& unit = record.target;
    if (const auto text = TRY(read_if_there(host, systemd_drop_in(unit)))) {
        const CpuSet cpus = cpus_of_drop_in(*text);
        const bool is_ours = cpus.empty() || cpus == written || to_list(cpus) == record.baseline;
        if (is_ours && kept) TRY_VOID(host.replace(systemd_drop_in(unit), *kept));
        if (is_ours && !kept) TRY_VOID(host.remove(systemd_drop_in(unit)));
    }
    return host.remove(own_drop_in(unit));
}

/// What a process that died in Host::replace left of the files above.
Status remove_drafts(Host& host, const std::string& directory) {
    const auto names = host.list(directory);
    if (!names && is_missing(names.error())) return {};
    TRY_VOID(names);
    for (const auto& name : *names)
        if (name.starts_with('.') && name.ends_with(".tmp")) TRY_VOID(host.remove(directory + "/" + name));
    return {};
}

Status forget_unit(Host& host, const KnobRecord& record) {
    const std::string& unit = record.target;
    const auto own = TRY(read_if_there(host, own_drop_in(unit)));
    const auto kept = TRY(read_if_there(host, kept_drop_in(unit)));
    if (own) {
        const CpuSet written = cpus_of_drop_in(*own);
        TRY_VOID(give_back_setting(host, record, written, kept.has_value()));
        TRY_VOID(give_back_drop_ins(host, record, written, kept));
    }
    if (kept) TRY_VOID(host.remove(kept_drop_in(unit)));
    for (const auto& directory : {systemd_directory(unit), own_directory(unit)}) {
        TRY_VOID(remove_drafts(host, directory));
        TRY_VOID(host.remove_directory(directory));
    }
    return {};
}

/// All CPUs and none set mean the same to a cgroup, but others' partitions may not overlap those that are set (Linux 6.1, 6.12).
Status forget_file(Host& host, const KnobRecord& record) {
    const auto text = host.read(record.path);
    if (!text || trim(*text) != record.baseline || record.baseline != to_list(TRY(possible_cpus(host)))) return {};
    static_cast<void>(host.write(record.path, "")); // refused while there are tasks, before Linux 7.2
    return {};
}

Status forget(Host& host, const KnobRecord& record) {
    return is_systemds(host, record.target) ? forget_unit(host, record) : forget_file(host, record);
}

/// Whether libvirt's machines are in it: what they run on is theirs to say.
Result<bool> has_machines(Host& host, const std::string& directory) {
    const auto names = host.list(directory);
    if (!names && is_missing(names.error())) return false;
    TRY_VOID(names);
    for (const auto& name : *names) {
        if (name.starts_with("machine-qemu") || name.ends_with(".libvirt-qemu")) return true;
        if (name.ends_with(".slice") && TRY(has_machines(host, directory + "/" + name))) return true;
    }
    return false;
}

/// Whether tasks may be in it that are to be kept off CPUs. Mounts, swaps and sockets have them for moments only.
Result<bool> is_target(Host& host, const std::string& name) {
    for (const std::string_view kind : {".mount", ".swap", ".socket"})
        if (name.ends_with(kind)) return false;
    if (name == "machine.slice" || name == "machine") return false;
    const auto status = host.status(cgroups + "/" + name);
    if (!status && is_missing(status.error())) return false;
    TRY_VOID(status);
    if (status->type != FileStatus::Type::directory) return false;
    return !TRY(has_machines(host, cgroups + "/" + name));
}

Result<std::vector<KnobTarget>> targets(Host& host) {
    std::vector<KnobTarget> list;
    const auto controllers = TRY(read_if_there(host, cgroups + "/cgroup.controllers"));
    if (!controllers || controllers->find("cpuset") == std::string::npos) return list;
    for (const auto& name : TRY(host.list(cgroups)))
        if (TRY(is_target(host, name))) list.push_back({name, cgroups + "/" + name + "/cpuset.cpus"});
    return list;
}
} // namespace

constinit const Form form_unit_cpus{.read = read, .write = write, .targets = targets, .forget = forget, .waits = true};

} // namespace hostlease
