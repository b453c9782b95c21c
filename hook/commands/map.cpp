#include "command.hpp"

#include "host/facts.hpp"
#include "map_view.hpp"

#include <cstdlib>
#include <unistd.h>

namespace hostlease {

namespace {
struct Options {
    std::string root = "/";
    std::string svg; // "-" is standard output
};

ExitCode run(Host& host, const Options& options) {
    auto facts = read_facts(host);
    if (!facts) return complain(facts.error());
    const auto ledger = Ledger::peek(host);
    if (!ledger) return complain(ledger.error());
    const MapView view = make_map(std::move(*facts), ledger->leases);
    if (options.svg.empty()) {
        print_raw(map_text(view, isatty(STDOUT_FILENO) == 1 && getenv("NO_COLOR") == nullptr));
        return ExitCode::done;
    }
    const auto picture = map_svg(view, options.root);
    if (!picture) return complain(picture.error());
    const auto written = write_user_file(options.svg, *picture);
    return written ? ExitCode::done : complain(written.error());
}

void add_options(OptionList& list, Options& options) {
    list.text("--svg", "FILE", options.svg, "draw an SVG picture with hwloc's lstopo; - is standard output",
              {.sources = {Candidates::Source::files}});
}
} // namespace

extern constinit const Verb verb_map{
    .name = "map",
    .category = Category::look,
    .summary = "Draw which VM has which CPUs and how full the huge page pools are",
    .details = "",
    .words = "",
    .example = "hostlease map --svg host.svg",
    .add = bind<Options, add_options, run>,
};

} // namespace hostlease
