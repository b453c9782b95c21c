// One call by libvirt: its request and its outcome. The installed hook and the verb `hostlease hook` run the
// same code.
#pragma once

#include "engine/report.hpp"
#include "exit_code.hpp"
#include "host/host.hpp"

#include <cstdint>
#include <functional>
#include <string>
#include <string_view>

namespace hostlease {

enum class HookOperation { prepare, start, started, stopped, release, reconnect, ignored };

/// migrate and restore are ignored: they are XML filters, and a prepare call follows them. Unknown
/// operations are ignored as well. Source: libvirt docs/hooks.rst and src/util/virhook.c, 9.0 to
/// 12.5.
HookOperation hook_operation(std::string_view operation, std::string_view suboperation);

struct HookCall {
    std::string domain; // argv[1]: the name as libvirt passes it
    std::string operation;
    std::string suboperation;
    std::string extra;
    std::int64_t caller = 0;               // pid of libvirt's daemon
    std::function<std::string()> read_xml; // stdin; read only if needed
};

struct HookOutcome {
    ExitCode code = ExitCode::done;
    std::string reason; // one line for stderr, "" for no message
    std::string uuid;   // "" if the call did not concern us
    Report report;
    Timing timing;
};

/// Performs the operation; does nothing for a VM of an ordinary user's own libvirt. Never throws. started,
/// stopped and reconnect always return ExitCode::done, because libvirt would kill the guest for any other
/// code.
HookOutcome run_hook(Host& host, const HookCall& call);

} // namespace hostlease
