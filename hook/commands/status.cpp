#include "command.hpp"

#include "status_view.hpp"
#include "watch.hpp"

namespace hostlease {

namespace {
struct Options {
    std::string root = "/";
    bool json = false;
    std::optional<unsigned> watch; // seconds
    std::vector<std::string> domains;
};

ExitCode run(Host& host, const Options& options) {
    const auto draw = [&]() -> Result<std::string> {
        StatusView view;
        TRY_VOID(look_at_status(host, options.domains, view));
        return options.json ? status_json(view) : status_text(view);
    };
    if (options.watch) return watch(*options.watch, draw);
    const auto text = draw();
    if (!text) return complain(text.error());
    print(*text);
    return ExitCode::done;
}

void add_options(OptionList& list, Options& options) {
    add_json(list, options.json);
    list.add({"--watch",
              Option::Value::optional,
              "SECONDS",
              "repeat every 2 or SECONDS seconds until interrupted",
              {},
              [&](const std::string& text) -> Status {
                  constexpr unsigned longest = 86400;
                  options.watch = text.empty() ? 2 : TRY(parse_seconds(text, longest));
                  return {};
              }});
    list.words(0, any_number, options.domains, {{.sources = {Candidates::Source::domains}}});
}
} // namespace

extern constinit const Verb verb_status{
    .name = "status",
    .category = Category::look,
    .summary = "Show each lease with its CPUs, pages and knobs, and any drift",
    .details = "",
    .words = "[DOMAIN...]",
    .example = "hostlease status win11",
    .add = bind<Options, add_options, run>,
};

} // namespace hostlease
