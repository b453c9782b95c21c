#include "command.hpp"

#include "core/parse.hpp"
#include "status_view.hpp"
#include "watch.hpp"

namespace hostlease {

ExitCode run_status(Host& host, const CommandOptions& options) {
    const auto draw = [&]() -> Result<std::string> {
        StatusView view;
        TRY_VOID(look_at_status(host, options.words, view));
        return options.json ? status_json(view) : status_text(view);
    };
    if (!options.watch.empty()) {
        const auto seconds = options.watch == "true" ? 2U : parse_integer<unsigned>(options.watch).value_or(0);
        if (seconds == 0)
            return complain(Error{ErrorKind::usage, "--watch=" + options.watch + " is not a number of seconds", {}, 0});
        return watch(seconds, draw);
    }
    const auto text = draw();
    if (!text) return complain(text.error());
    print(*text);
    return ExitCode::done;
}

} // namespace hostlease
