// One call of libvirt's: what it asks for and what came of it. The installed hook and the verb `hostlease
// hook` run the same code.
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

/// migrate and restore are ignored: they are XML filters, and what they would reserve comes again with
/// prepare. So is every operation that we do not know. Source: libvirt docs/hooks.rst and src/util/virhook.c,
/// 9.0 to 12.5.
HookOperation hook_operation(std::string_view operation, std::string_view suboperation);

struct HookCall {
    std::string domain; // argv[1]: the name as libvirt gives it
    std::string operation;
    std::string suboperation;
    std::string extra;
    std::int64_t caller = 0;               // pid of libvirt's daemon
    std::function<std::string()> read_xml; // stdin; only read when it is needed
};

struct HookOutcome {
    ExitCode code = ExitCode::done;
    std::string reason; // one line for stderr, "" when there is nothing to say
    std::string uuid;   // "" when the call did not concern us
    Report report;
};

/// Does what the operation asks; for the VM of an ordinary user's own libvirt nothing. Never throws. started,
/// stopped and reconnect always end in ExitCode::done: libvirt would kill the guest for anything else.
HookOutcome run_hook(Host& host, const HookCall& call);

} // namespace hostlease
