// The CPUs and memory nodes of a systemd scope that does not exist yet, as a drop-in that is in force before
// the scope's first process runs: "none" without a drop-in of hostlease. The file is ours by its name.
//
// While the scope exists, only its CPUs change. systemd sets them, and the drop-in has them as well, so that
// a daemon-reload changes nothing. systemd removes its own drop-in of a transient unit when the unit ends.
// Source: systemd 252 core/unit.c, unit_drop_in_dir() and unit_remove_transient().
//
// systemd finds a unit's drop-ins by names that it has read before, and it updates these names when it loads
// a unit that has no file: therefore hostlease asks for such a unit. A transient unit's own drop-ins are
// looked up before that. Source: systemd 252 core/unit.c, unit_load(), and core/load-fragment.c,
// unit_load_fragment(); confirmed on Debian 12 and 13 (systemd 252, 257).
#include "knobs/parts/scope_limits.hpp"
#include "core/parse.hpp"
#include "engine/forms/forms.hpp"
#include "host/top_cgroups.hpp"

namespace hostlease {

namespace {
std::string directory_of(const KnobRecord& record) { return record.path.substr(0, record.path.rfind('/')); }

std::string drop_in_text(std::string_view value) {
    std::string text = "# hostlease wrote this and removes it with the VM's lease; `hostlease status` shows "
                       "the leases.\n[Scope]\n";
    split(value, ' ', [&](std::string_view setting) { (text += setting) += '\n'; });
    return text;
}

/// The settings in one line.
std::string settings_of(std::string_view text) {
    std::string value;
    split(text, '\n', [&](std::string_view line) {
        line = trim(line);
        if (line.empty() || line.starts_with('#') || line.starts_with('[')) return;
        if (!value.empty()) value += ' ';
        value += line;
    });
    return value;
}

Result<std::string> read(Host& host, const KnobRecord& record) {
    if (!host.has_systemd())
        return fail(ErrorKind::unsupported,
                    "systemd does not run this host, and nothing else here confines QEMU before it starts");
    const auto text = TRY(host.read_if_present(record.path));
    return text ? settings_of(*text) : std::string(no_scope_limits);
}

/// The CPUs that a value sets; without a value all that tasks may use: the kernel keeps the tasks of a cgroup
/// whose CPUs are cleared where they are. Source: engine/forms/unit_cpus.cpp.
Result<CpuSet> cpus_of(Host& host, std::string_view value) {
    if (value == no_scope_limits) return unrestricted_cpus(host);
    CpuSet cpus;
    split(value, ' ', [&](std::string_view setting) {
        constexpr std::string_view name = "AllowedCPUs=";
        if (setting.starts_with(name)) cpus = parse_cpu_list(setting.substr(name.size())).value_or(CpuSet{});
    });
    return cpus;
}

/// Sets the CPUs of the scope if it exists: systemd keeps a file of each transient unit. Succeeds if the
/// scope ends meanwhile.
Status change_scope(Host& host, const KnobRecord& record, const std::string& value) {
    const auto unit = host.status("/run/systemd/transient/" + record.target);
    if (!unit) return is_missing(unit.error()) ? Status{} : tl::unexpected<Error>(unit.error());
    const auto changed = host.set_unit_cpus(record.target, TRY(cpus_of(host, value)));
    return !changed && is_missing(changed.error()) ? Status{} : changed;
}

Status write(Host& host, const KnobRecord& record, const std::string& value) {
    if (value == no_scope_limits) {
        TRY_VOID(host.remove(record.path));
        return change_scope(host, record, value);
    }
    if (record.path.find('*') != std::string::npos)
        return fail(ErrorKind::unsupported,
                    "libvirt has given the VM no id, so the name of its scope is not known");
    TRY_VOID(host.make_directory(directory_of(record)));
    TRY_VOID(host.replace(record.path, drop_in_text(value)));
    TRY_VOID(host.renew_unit_names());
    return change_scope(host, record, value);
}

Status forget(Host& host, const KnobRecord& record) { return host.remove_directory(directory_of(record)); }
} // namespace

constinit const Form form_scope_limits{
    .read = read, .write = write, .forget = forget, .waits = Form::Waits::before};

} // namespace hostlease
