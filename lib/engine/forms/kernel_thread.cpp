// The CPUs of a movable kernel thread. Source: proc(5), /proc/PID/stat; the flags in include/linux/sched.h,
// 6.1.
#include "core/parse.hpp"
#include "engine/forms/forms.hpp"
#include "host/process.hpp"

namespace hostlease {

namespace {
std::int64_t thread_of(const KnobRecord& record) {
    return parse_integer<std::int64_t>(record.target.substr(0, record.target.find(' '))).value_or(0);
}

Result<std::string> read(Host& host, const KnobRecord& record) {
    return to_list(TRY(host.affinity(thread_of(record))));
}

Status write(Host& host, const KnobRecord& record, const std::string& value) {
    const CpuSet cpus = TRY(parse_cpu_list(value));
    return host.set_affinity(thread_of(record), cpus);
}

/// "12 kcompactd0 345": if another thread reuses the number, it is another target.
Result<std::vector<KnobTarget>> targets(Host& host) {
    std::vector<KnobTarget> list;
    for (const auto& name : TRY(host.list("/proc"))) {
        const auto id = parse_integer<std::int64_t>(name);
        const auto thread = id ? TRY(find_kernel_thread(host, *id)) : std::optional<KernelThread>{};
        if (thread && thread->is_movable)
            list.push_back(
                {name + " " + thread->name + " " + std::to_string(thread->id.start_time), "/proc/" + name});
    }
    return list;
}
/// The number and the start time: a thread may change its name.
std::string identity(const std::string& target) {
    return target.substr(0, target.find(' ')) + target.substr(std::min(target.rfind(' '), target.size()));
}

/// True also for a thread that the kernel has bound since.
Result<bool> is_there(Host& host, const KnobRecord& record) {
    const auto thread = TRY(find_kernel_thread(host, thread_of(record)));
    // otherwise the number belongs to another thread
    return thread && record.target.ends_with(" " + std::to_string(thread->id.start_time));
}
} // namespace

constinit const Form form_kernel_thread{
    .read = read, .write = write, .targets = targets, .identity = identity, .is_there = is_there};

} // namespace hostlease
