#include "command.hpp"

#include "host/facts.hpp"
#include "map_view.hpp"

#include <cstdlib>
#include <unistd.h>

namespace hostlease {

ExitCode run_map(Host& host, const CommandOptions& options) {
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

} // namespace hostlease
