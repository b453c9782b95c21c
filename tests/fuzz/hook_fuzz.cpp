// The whole hook with any XML on stdin, on a host in memory: it never throws, harms no VM, and restores the
// host.
#include "fuzz.hpp"
#include "hook_call.hpp"
#include "ledger/ledger.hpp"
#include "support/fake_host.hpp"

#include <array>

using namespace hostlease;
using namespace hostlease::fuzz;

namespace {
constexpr const char* policy_text = R"(version = 1
match.domain = ["*"]
[hugepages]
deadline = "1s"
[cpus]
isolate = "pinned"
[irqs]
affinity = "housekeeping"
[workqueues]
affinity = "housekeeping"
[power]
governor = "performance"
wakeup_latency = "50us"
[memory]
swappiness = 10
ksm = "off"
[kernel]
watchdog = "housekeeping"
[storage]
scheduler = "none"
[threads]
vcpu = "fifo:1"
[[command]]
run = ["/usr/bin/touch", "/run/quiet"]
undo = ["/usr/bin/rm", "-f", "/run/quiet"]
)";

struct HookWords {
    const char* operation;
    const char* suboperation;
    bool has_xml = true;
    bool may_fail = false;
};

/// libvirt passes no XML if it no longer has any.
constexpr std::array<HookWords, 6> calls{{{"prepare", "begin", true, true},
                                          {"start", "begin", true, true},
                                          {"started", "begin"},
                                          {"reconnect", "begin"},
                                          {"stopped", "end"},
                                          {"release", "end", true, true}}};
} // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    const std::string text(reinterpret_cast<const char*>(data), size);
    test::FakeHost host;
    host.files["/etc/hostlease/all.toml"] = policy_text;
    const auto before = host.snapshot();
    for (const auto& call : calls) {
        const auto outcome =
            run_hook(host, {"vm", call.operation, call.suboperation, "-", 1, [&] { return text; }});
        require(call.may_fail || outcome.code == ExitCode::done, "only what may fail does", outcome.reason);
        require(is_printable(outcome.reason) && outcome.reason.find('\n') == std::string::npos,
                "a reason is one plain line", outcome.reason);
        require(outcome.reason.find("unexpected") == std::string::npos, "nothing is thrown", outcome.reason);
        if (outcome.code != ExitCode::done && call.operation == std::string_view("prepare"))
            require(test::difference(before, host.snapshot()).empty(), "a refused VM leaves nothing",
                    test::difference(before, host.snapshot()));
    }
    require(test::difference(before, host.snapshot()).empty(), "the host comes back",
            test::difference(before, host.snapshot()));
    return 0;
}
