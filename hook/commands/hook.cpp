#include "command.hpp"

#include "engine/folded_report.hpp"
#include "hook_call.hpp"
#include "hook_log.hpp"
#include "pool_progress.hpp"
#include "read/domain_xml.hpp"
#include "standard_input.hpp"

#include <unistd.h>

namespace hostlease {

namespace {
struct Options {
    std::string root = "/";
    bool verbose = false;
    std::vector<std::string> words;
};

ExitCode run(Host& host, const Options& options) {
    const auto& words = options.words;
    const HookCall call{words[0],  words[1],
                        words[2],  words.size() > 3 ? words[3] : "-",
                        getppid(), [] { return read_standard_input(domain_xml_limit); }};
    const auto outcome = [&] {
        const PoolProgress progress(options.root);
        return run_hook(host, call);
    }();
    // the journal is this machine's, so calls for another root do not belong in it
    if (options.root == "/") log_hook(host, call, outcome);
    if (options.verbose)
        for (const auto& entry : fold_entries(outcome.report.entries))
            complain(entry.message);
    if (!outcome.reason.empty()) complain(outcome.reason);
    return outcome.code;
}

void add_options(OptionList& list, Options& options) {
    list.flag("--verbose", options.verbose, "print on standard error what would go to the journal");
    list.words(3, 4, options.words,
               {{.sources = {Candidates::Source::domains}},
                {.words = {"prepare", "start", "started", "stopped", "release", "reconnect"}},
                {.words = {"begin", "end"}},
                {.words = {"-"}}});
}
} // namespace

extern constinit const Verb verb_hook{
    .name = "hook",
    .category = Category::change,
    .summary = "Run the hook's code as libvirt would",
    .details = "Reads the domain XML from standard input.",
    .words = "NAME OPERATION SUBOPERATION [EXTRA]",
    .example = "hostlease hook --root /tmp/tree win11 prepare begin - < win11.xml",
    .add = bind<Options, add_options, run>,
};

} // namespace hostlease
