// The CPUs of a top-level cgroup. For a systemd unit they are set as AllowedCPUs, because systemd would
// overwrite a direct write; for others (container runtimes with cgroups of their own, hosts without systemd)
// in their cpuset.cpus.
//
// systemd reports success even if the kernel refused, clearing AllowedCPUs leaves tasks confined, and only
// some kernels accept it. So a write always names CPUs. A restore writes the baseline. If the baseline was
// unset, it writes the CPUs that unset means: all except those isolated at boot, which tasks avoid because of
// inherited affinity, not because of their cgroup. forget() clears the setting and the files in /run/systemd
// once the cgroup has its baseline. Each of its steps may be repeated:
//   killed before the baseline is written  the intention is open: the next call writes the baseline
//   killed after                           the record reads as settled: the next call runs forget() again
//   killed in forget()                     our drop-in is removed last: until then, all steps run again
//
// Our drop-in is known by its name and sorts after all others, so that a daemon-reload meanwhile yields our
// value whatever the admin's drop-ins say: systemd would unite values of several. The drop-in of systemd's
// SetUnitProperties has the same name as that of `systemctl set-property`: the admin's content of that file
// is saved beside it.
//
// A cgroup beside another program's partition must not name the partition's CPUs, or the kernel ends the
// partition (6.1, 6.12: update_cpumask()). The caller omits them from what it writes; a restored baseline
// omits them as well.
//
// On a host with isolcpus=, a cgroup that was unset keeps its CPUs until the next boot: whatever makes it
// unset again lets all its tasks run on the isolated CPUs (cpuset_update_tasks_cpumask() and cpuset_attach(),
// 6.1 to 7.2).
//
// Source: systemd.resource-control(5), systemd 252 to 257 core/cgroup.c and core/dbus-cgroup.c; cgroup-v2.rst
// and kernel/cgroup/cpuset.c, 6.1 to 7.2. The rest was found by experiment with these versions.
#include "core/parse.hpp"
#include "engine/forms/forms.hpp"
#include "host/top_cgroups.hpp"
#include "knobs/parts/combine.hpp"

#include <algorithm>

namespace hostlease {

namespace {
const std::string cgroups = "/sys/fs/cgroup";
const std::string drop_ins = "/run/systemd/system.control/";
constexpr std::string_view setting = "AllowedCPUs=";

std::string own_directory(const std::string& unit) { return drop_ins + unit + ".d"; }
std::string own_drop_in(const std::string& unit) { return own_directory(unit) + "/zz-hostlease.conf"; }
/// Keeps tasks off the CPUs isolated at boot after the lease has ended; an admin's drop-in sorts after
/// it.
std::string boot_drop_in(const std::string& unit) {
    return own_directory(unit) + "/00-hostlease-isolcpus.conf";
}

/// Where SetUnitProperties writes. Source: systemd core/unit.c, unit_drop_in_dir: init.scope is a transient
/// unit.
std::string systemd_directory(const std::string& unit) {
    return unit == "init.scope" ? "/run/systemd/transient/init.scope.d" : own_directory(unit);
}
std::string systemd_drop_in(const std::string& unit) {
    return systemd_directory(unit) + "/50-AllowedCPUs.conf";
}
std::string kept_drop_in(const std::string& unit) { return systemd_drop_in(unit) + ".before-hostlease"; }

Result<CpuSet> read_cpus(Host& host, const std::string& path) {
    const std::string text = TRY(host.read(path));
    auto cpus = parse_cpu_list(trim(text));
    if (!cpus) return fail_io(cpus.error().message, path, 0);
    return cpus;
}

/// The CPUs that a drop-in sets; in ours and in systemd's, the last line counts.
CpuSet cpus_of_drop_in(const std::string& text) {
    CpuSet cpus;
    split(text, '\n', [&](std::string_view line) {
        if (line.starts_with(setting)) cpus = parse_cpu_list(line.substr(setting.size())).value_or(CpuSet{});
    });
    return cpus;
}

std::string section_of(const std::string& unit) {
    return unit.ends_with(".slice") ? "[Slice]\n" : unit.ends_with(".scope") ? "[Scope]\n" : "[Service]\n";
}

std::string drop_in_text(const std::string& unit, const CpuSet& cpus) {
    return "# hostlease wrote this and removes it when no VM holds CPUs; `hostlease status` shows "
           "them.\n" +
           section_of(unit) + std::string(setting) + "\n" + std::string(setting) + to_list(cpus) + "\n";
}

std::string boot_drop_in_text(const std::string& unit, const CpuSet& cpus) {
    return "# hostlease wrote this for the time until the next boot: without it, the kernel would run tasks "
           "on the CPUs of isolcpus=.\n" +
           section_of(unit) + std::string(setting) + to_list(cpus) + "\n";
}

/// The record's baseline and its properties.
struct Baseline {
    CpuSet cpus;
    bool was_unset = false;
    bool has_to_stay = false; // it was unset, and unsetting it again would undo isolcpus=
};

/// The part of a baseline that may be written: without the CPUs in partitions of the first level.
Result<CpuSet> without_partitions(Host& host, const CpuSet& cpus) {
    CpuSet rest = cpus;
    const auto names = TRY(top_cgroups(host));
    for (const auto& partition : TRY(top_partitions(host, names)))
        if (!partition.is_inside) rest -= partition.cpus;
    return rest.empty() ? cpus : rest;
}

/// Whether these CPUs are the baseline, or the part of it that may be written.
Result<bool> is_given_back(Host& host, const Baseline& baseline, const std::string& list) {
    const auto found = parse_cpu_list(without_mark(trim(list)));
    if (!found || *found == baseline.cpus) return found.has_value();
    return *found == TRY(without_partitions(host, baseline.cpus));
}

/// The value that unset means.
Result<std::string> unset_value(Host& host) {
    std::string cpus = to_list(TRY(unrestricted_cpus(host)));
    const bool is_inherited = !TRY(cpus_isolated_at_boot(host)).empty();
    return is_inherited ? cpus + std::string(inherited_mark) : cpus;
}

Result<Baseline> baseline_of(Host& host, const KnobRecord& record) {
    Baseline baseline;
    baseline.cpus = TRY(parse_cpu_list(without_mark(record.baseline)));
    baseline.has_to_stay = record.baseline.ends_with(inherited_mark);
    baseline.was_unset = baseline.has_to_stay || record.baseline == TRY(unset_value(host));
    return baseline;
}

Result<std::string> read(Host& host, const KnobRecord& record) {
    const auto text = TRY(host.read_if_present(record.path));
    // the file does not exist without the controller
    if (!text) TRY_VOID(host.status(cgroups + "/" + record.target));
    if (!text || trim(*text).empty()) return unset_value(host);
    const auto cpus = parse_cpu_list(trim(*text));
    if (!cpus) return std::string(trim(*text));
    return to_list(*cpus) + std::string(to_list(*cpus) == TRY(unset_value(host)) ? set_mark : "");
}

/// Whether the cgroup's tasks may run on those of these CPUs that are online and in no partition, or, if
/// there are none, on all such CPUs of the host.
Status check_effective(Host& host, const KnobRecord& record, const CpuSet& cpus) {
    const auto all = read_cpus(host, cgroups + "/cpuset.cpus.effective");
    if (!all && is_missing(all.error())) return {}; // on a fake host
    TRY_VOID(all);
    const CpuSet wanted = cpus.intersects(*all) ? cpus & *all : *all;
    const CpuSet found = TRY(read_cpus(host, cgroups + "/" + record.target + "/cpuset.cpus.effective"));
    if (found == wanted) return {};
    return fail(ErrorKind::refused, record.target + " was to have the CPUs " + to_list(wanted) +
                                        ", and the kernel has it at " + to_list(found));
}

/// Before the first write, saves what an admin has set by `systemctl set-property --runtime`.
Status keep_admins_drop_in(Host& host, const std::string& unit) {
    const auto own = TRY(host.read_if_present(own_drop_in(unit)));
    const auto text = TRY(host.read_if_present(systemd_drop_in(unit)));
    if (own || !text) return {}; // hostlease wrote the existing file
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
    if (!TRY(host.read_if_present(record.path)))
        TRY_VOID(host.write(cgroups + "/cgroup.subtree_control", "+cpuset"));
    TRY_VOID(host.write(record.path, to_list(cpus)));
    return check_effective(host, record, cpus);
}

bool is_systemds(Host& host, const std::string& name) { return is_unit(name) && host.has_systemd(); }

Status write(Host& host, const KnobRecord& record, const std::string& value) {
    const CpuSet cpus = TRY(parse_cpu_list(without_mark(value)));
    if (cpus.empty()) return fail(ErrorKind::bug, record.target + " cannot be left without CPUs");
    return is_systemds(host, record.target) ? write_unit(host, record, cpus) : write_file(host, record, cpus);
}

/// If another program has cleared the setting, tasks may silently stay confined to the old CPUs (Linux 6.12,
/// 7.2), or be on the CPUs of isolcpus=. Only a change moves them: from another set to this one.
Status move_tasks_back(Host& host, const KnobRecord& record, const Baseline& baseline, const CpuSet& written,
                       const std::string& current) {
    const bool is_cleared =
        current.ends_with(inherited_mark) || !TRY(is_given_back(host, baseline, to_list(written)));
    if (!is_cleared) return check_effective(host, record, TRY(parse_cpu_list(without_mark(current))));
    const CpuSet allowed = TRY(without_partitions(host, baseline.cpus));
    TRY_VOID(host.set_unit_cpus(record.target, written));
    TRY_VOID(host.set_unit_cpus(record.target, allowed));
    return check_effective(host, record, allowed);
}

/// Restores the unit's setting in systemd's memory. A removed unit may still be in it, and would start with
/// our CPUs.
Status give_back_setting(Host& host, const KnobRecord& record, const CpuSet& written,
                         bool was_set_at_runtime) {
    const Baseline baseline = TRY(baseline_of(host, record));
    const auto current = read(host, record);
    const bool is_gone = !current && is_missing(current.error());
    if (!current && !is_gone) return tl::unexpected(current.error());
    if (current && !TRY(is_given_back(host, baseline, *current))) return {}; // set by another program
    if (!is_gone) TRY_VOID(move_tasks_back(host, record, baseline, written, *current));
    if (was_set_at_runtime && !is_gone) return {};
    if (baseline.has_to_stay && !is_gone)
        return host.replace(boot_drop_in(record.target), boot_drop_in_text(record.target, baseline.cpus));
    if (!is_gone && !baseline.was_unset) return {};
    const auto cleared = host.set_unit_cpus(record.target, baseline.was_unset ? CpuSet{} : baseline.cpus);
    return is_gone ? Status{} : cleared;
}

/// Restores systemd's drop-in to its content before our first write, and removes ours.
Status give_back_drop_ins(Host& host, const KnobRecord& record, const CpuSet& written,
                          const std::optional<std::string>& kept) {
    const std::string& unit = record.target;
    if (const auto text = TRY(host.read_if_present(systemd_drop_in(unit)))) {
        const CpuSet cpus = cpus_of_drop_in(*text);
        const Baseline baseline = TRY(baseline_of(host, record));
        const bool is_ours =
            cpus.empty() || cpus == written || TRY(is_given_back(host, baseline, to_list(cpus)));
        if (is_ours && kept) TRY_VOID(host.replace(systemd_drop_in(unit), *kept));
        if (is_ours && !kept) TRY_VOID(host.remove(systemd_drop_in(unit)));
    }
    return host.remove(own_drop_in(unit));
}

/// Removes drafts of these files that a killed Host::replace left behind.
Status remove_drafts(Host& host, const std::string& directory) {
    for (const auto& name : TRY(host.list_if_present(directory)))
        if (name.starts_with('.') && name.ends_with(".tmp")) TRY_VOID(host.remove(directory + "/" + name));
    return {};
}

Status forget_unit(Host& host, const KnobRecord& record) {
    const std::string& unit = record.target;
    const auto own = TRY(host.read_if_present(own_drop_in(unit)));
    const auto kept = TRY(host.read_if_present(kept_drop_in(unit)));
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

/// For a cgroup, setting all CPUs equals setting none, but others' partitions may not overlap CPUs that are
/// set (Linux 6.1, 6.12).
Status forget_file(Host& host, const KnobRecord& record) {
    const auto text = TRY(host.read_if_present(record.path));
    const Baseline baseline = TRY(baseline_of(host, record));
    if (!text || !baseline.was_unset || baseline.has_to_stay) return {};
    if (!TRY(is_given_back(host, baseline, *text))) return {};
    static_cast<void>(host.write(record.path, "")); // before Linux 7.2, refused while the cgroup has tasks
    return {};
}

Status forget(Host& host, const KnobRecord& record) {
    return is_systemds(host, record.target) ? forget_unit(host, record) : forget_file(host, record);
}

/// Cgroups whose tasks can be kept off CPUs: neither those of VMs nor another program's partitions.
Result<std::vector<KnobTarget>> targets(Host& host) {
    std::vector<KnobTarget> list;
    const auto names = TRY(top_cgroups(host));
    const auto partitions = TRY(top_partitions(host, names));
    for (const auto& name : names) {
        const bool is_partition = std::any_of(partitions.begin(), partitions.end(),
                                              [&](const auto& one) { return one.name == name; });
        if (!is_partition && !TRY(is_for_machines(host, name)))
            list.push_back({name, cgroups + "/" + name + "/cpuset.cpus"});
    }
    return list;
}

/// True also for a cgroup that now belongs to VMs. A cgroup that has become a partition belongs to another
/// program now and stays as it is.
Result<bool> is_there(Host& host, const KnobRecord& record) {
    const auto names = TRY(top_cgroups(host));
    if (std::find(names.begin(), names.end(), record.target) == names.end()) return false;
    return TRY(top_partitions(host, {record.target})).empty();
}
} // namespace

constinit const Form form_unit_cpus{.read = read,
                                    .write = write,
                                    .targets = targets,
                                    .is_there = is_there,
                                    .forget = forget,
                                    .waits = Form::Waits::before};

} // namespace hostlease
