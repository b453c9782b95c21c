// The target is "ROLE/THREAD/START": a thread with the same number but another start time is a different
// thread.
#include "core/parse.hpp"
#include "engine/forms/forms.hpp"
#include "host/process.hpp"

#include <cerrno>

namespace hostlease {

namespace {
ProcessId thread_of(const KnobRecord& record) {
    const std::string_view target = record.target;
    const auto last = target.rfind('/');
    const auto first = target.find('/');
    ProcessId thread;
    if (first == last) return thread;
    thread.pid = parse_integer<std::int64_t>(target.substr(first + 1, last - first - 1)).value_or(0);
    thread.start_time = parse_integer<std::uint64_t>(target.substr(last + 1)).value_or(0);
    return thread;
}

/// ESRCH if the thread has ended.
Status require_thread(Host& host, const KnobRecord& record) {
    const auto thread = thread_of(record);
    const auto now = TRY(find_process(host, thread.pid));
    if (now == thread) return {};
    return fail_io("the thread has ended", record.path, ESRCH);
}

Result<std::string> read(Host& host, const KnobRecord& record) {
    TRY_VOID(require_thread(host, record));
    return host.scheduling(thread_of(record).pid);
}

Status write(Host& host, const KnobRecord& record, const std::string& value) {
    TRY_VOID(require_thread(host, record));
    return host.set_scheduling(thread_of(record).pid, value);
}
} // namespace

constinit const Form form_thread_scheduling{.read = read, .write = write};

} // namespace hostlease
