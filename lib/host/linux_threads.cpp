// Threads of the machine: their affinity and scheduling.
#include "core/parse.hpp"
#include "host/linux_host.hpp"

#include <array>
#include <cerrno>
#include <sched.h>
#include <sys/resource.h>
#include <utility>

namespace hostlease {

namespace {
constexpr std::array<std::pair<std::string_view, int>, 5> policies{{{"other", SCHED_OTHER},
                                                                    {"batch", SCHED_BATCH},
                                                                    {"idle", SCHED_IDLE},
                                                                    {"fifo", SCHED_FIFO},
                                                                    {"rr", SCHED_RR}}};

bool is_realtime(int policy) { return policy == SCHED_FIFO || policy == SCHED_RR; }

std::string thread_path(std::int64_t thread) { return "/proc/" + std::to_string(thread); }

/// A cpu_set_t that is large enough for every CPU that the parsers accept.
struct CpuBuffer {
    static constexpr std::size_t size = CPU_ALLOC_SIZE(CpuSet::limit);
    std::array<cpu_set_t, (size + sizeof(cpu_set_t) - 1) / sizeof(cpu_set_t)> words{};
};
} // namespace

Result<CpuSet> LinuxHost::affinity(std::int64_t thread) {
    TRY_VOID(require_machine("threads"));
    CpuBuffer buffer;
    if (sched_getaffinity(static_cast<pid_t>(thread), CpuBuffer::size, buffer.words.data()) != 0)
        return fail_io("cannot read the CPUs of the thread", thread_path(thread), errno);
    CpuSet cpus;
    for (unsigned cpu = 0; cpu < CpuSet::limit; ++cpu)
        if (CPU_ISSET_S(cpu, CpuBuffer::size, buffer.words.data())) cpus.add(cpu);
    return cpus;
}

Status LinuxHost::set_affinity(std::int64_t thread, const CpuSet& cpus) {
    TRY_VOID(require_machine("threads"));
    CpuBuffer buffer;
    for (const unsigned cpu : cpus.members())
        CPU_SET_S(cpu, CpuBuffer::size, buffer.words.data());
    if (sched_setaffinity(static_cast<pid_t>(thread), CpuBuffer::size, buffer.words.data()) != 0)
        return fail_io("cannot set the CPUs of the thread to " + to_list(cpus), thread_path(thread), errno);
    return {};
}

Result<std::string> LinuxHost::scheduling(std::int64_t thread) {
    TRY_VOID(require_machine("threads"));
    const auto id = static_cast<pid_t>(thread);
    const int policy = sched_getscheduler(id);
    sched_param parameters{};
    if (policy < 0 || sched_getparam(id, &parameters) != 0)
        return fail_io("cannot read the scheduling of the thread", thread_path(thread), errno);
    errno = 0;
    const int nice = getpriority(PRIO_PROCESS, static_cast<id_t>(thread)); // on Linux, of this thread only
    if (nice == -1 && errno != 0)
        return fail_io("cannot read the nice value of the thread", thread_path(thread), errno);
    for (const auto& [word, value] : policies) {
        if (value != (policy & ~SCHED_RESET_ON_FORK)) continue;
        if (value == SCHED_IDLE) return std::string(word);
        return std::string(word) + ":" +
               std::to_string(is_realtime(value) ? parameters.sched_priority : nice);
    }
    return "policy:" + std::to_string(policy); // SCHED_DEADLINE and later ones, which hostlease never changes
}

Status LinuxHost::set_scheduling(std::int64_t thread, std::string_view scheduling) {
    TRY_VOID(require_machine("threads"));
    const auto colon = std::min(scheduling.find(':'), scheduling.size());
    const int number =
        parse_integer<int>(scheduling.substr(std::min(colon + 1, scheduling.size()))).value_or(0);
    for (const auto& [word, value] : policies) {
        if (word != scheduling.substr(0, colon)) continue;
        sched_param parameters{};
        if (is_realtime(value)) parameters.sched_priority = number;
        if (sched_setscheduler(static_cast<pid_t>(thread), value, &parameters) != 0)
            return fail_io("cannot schedule the thread as " + std::string(scheduling), thread_path(thread),
                           errno);
        const bool has_nice = !is_realtime(value) && value != SCHED_IDLE;
        if (has_nice && setpriority(PRIO_PROCESS, static_cast<id_t>(thread), number) != 0)
            return fail_io("cannot give the thread nice " + std::to_string(number), thread_path(thread),
                           errno);
        return {};
    }
    return fail(ErrorKind::unsupported, "'" + std::string(scheduling) + "' is not a scheduling policy");
}

} // namespace hostlease
