// A partition inside a valid one is local; a partition below a cgroup that is not a partition is remote.
// Breaking a local one is harmless: its CPUs fall to the partition around it, and writing the same word
// restores it. Linux 6.7 to 7.1 keep a remote partition on their list after a write to a sibling's
// cpuset.cpus broke it, and free it there: "member" removes it, and only then may it be made again. Source:
// update_prstate and remote_partition_enable of kernel/cgroup/cpuset.c (6.12), and trials with 6.12.95 and
// 6.12.118.
#include "engine/forms/forms.hpp"
#include "engine/forms/unset_cpuset.hpp"
#include "host/facts.hpp"
#include "host/partition_facts.hpp"

namespace hostlease {

namespace {
constexpr std::string_view member = "member";
constexpr std::string_view broken = " invalid";

Result<std::string> read(Host& host, const KnobRecord& record) {
    auto value = knob_value(TRY(host.read(record.path)));
    const bool was_unset = is_cpuset(record.path) && record.baseline.empty();
    return was_unset && TRY(is_as_unset(host, record.path, value)) ? std::string() : value;
}

/// The state in the parent cgroup's file; the root has no such file and is a partition.
std::string state_above(Host& host, const std::string& path) {
    const auto file = path.substr(path.rfind('/'));
    const auto cgroup = path.substr(0, path.rfind('/'));
    const auto text = host.read(cgroup.substr(0, cgroup.rfind('/')) + file);
    return text ? knob_value(*text) : "root";
}

Status write_partition(Host& host, const KnobRecord& record, const std::string& value) {
    const std::string above = state_above(host, record.path);
    if (above.find(broken) != std::string::npos)
        return fail(ErrorKind::refused, record.path + ": the partition around it is '" + above + "'");
    const bool is_broken = TRY(read(host, record)).find(broken) != std::string::npos;
    if (is_broken || above == member)
        if (const CpuSet lost = TRY(lost_cpus(host)); !lost.empty())
            return fail(ErrorKind::refused, lost_cpus_text(lost));
    if (is_broken && above == member) TRY_VOID(host.write(record.path, member));
    return host.write(record.path, value);
}

Status write(Host& host, const KnobRecord& record, const std::string& value) {
    if (is_cpuset(record.path) && value.empty()) return unset_cpuset(host, record.path);
    const bool makes_partition = record.path.ends_with(".partition") && value != member;
    return makes_partition ? write_partition(host, record, value) : host.write(record.path, value);
}
} // namespace

constinit const Form form_cpu_partition{.read = read, .write = write};

} // namespace hostlease
