#include "command.hpp"

#include "hook_call.hpp"
#include "hook_log.hpp"
#include "pool_progress.hpp"
#include "read/domain_xml.hpp"
#include "standard_input.hpp"

#include <unistd.h>

namespace hostlease {

ExitCode run_hook_verb(Host& host, const CommandOptions& options) {
    if (options.words.size() < 3 || options.words.size() > 4) {
        complain("hostlease: hook needs NAME OPERATION SUBOPERATION EXTRA, as libvirt gives them");
        return ExitCode::bad_input;
    }
    const auto& words = options.words;
    const HookCall call{words[0],  words[1],
                        words[2],  words.size() > 3 ? words[3] : "-",
                        getppid(), [] { return read_standard_input(domain_xml_limit); }};
    const auto outcome = [&] {
        const PoolProgress progress(options.root);
        return run_hook(host, call);
    }();
    // the journal is this machine's; what happens below another root is no news of it
    if (options.root == "/") log_hook(host, call, outcome);
    if (options.verbose)
        for (const auto& entry : outcome.report.entries)
            complain(entry.message);
    if (!outcome.reason.empty()) complain(outcome.reason);
    return outcome.code;
}

} // namespace hostlease
