#include "command.hpp"

#include "doctor/hook_place.hpp"
#include "host/linux_host.hpp"

namespace hostlease {

namespace {
struct Options {
    std::string root = "/";
    std::vector<std::string> program; // at most one
};

/// The hostlease-hook that is installed beside this program.
Result<std::string> hook_beside_us() {
    const std::string self = TRY(LinuxHost::this_program());
    return self.substr(0, self.rfind('/')) + "/hostlease-hook";
}

ExitCode reload(Host& host, const std::string& root) {
    if (root != "/") return ExitCode::done;
    const auto names = reload_daemons(host);
    if (!names) {
        complain("hostlease: cannot make libvirt's daemon reload its hooks: " + names.error().text() +
                 "\n  hint: restart the daemon; running VMs are not affected");
        return ExitCode::failed;
    }
    for (const auto& name : *names)
        print(name + " has reloaded its hooks; running VMs are not affected\n");
    if (names->empty()) print("libvirt's daemon is not running; it will find the hook when it starts\n");
    return ExitCode::done;
}

ExitCode run(Host& host, const Options& options) {
    const auto program =
        options.program.empty() ? hook_beside_us() : Result<std::string>(options.program.front());
    if (!program) return complain(program.error());
    if (!program->starts_with('/'))
        return complain(Error{ErrorKind::usage, "PROGRAM must be an absolute path", *program, 0});
    const auto place = install_hook(host, *program, libvirt_version());
    if (!place) return complain(place.error());
    print(place->path + " -> " + *program + (place->is_new ? "\n" : " (unchanged)\n"));
    for (const auto& path : place->removed)
        print("removed " + path + ": libvirt needs only one hook\n");
    return reload(host, options.root);
}

void add_options(OptionList& list, Options& options) {
    list.words(0, 1, options.program, {{.sources = {Candidates::Source::files}}});
}
} // namespace

extern constinit const Verb verb_install_hook{
    .name = "install-hook",
    .category = Category::set_up,
    .summary = "Install the hook for libvirt and reload its daemon",
    .details = "Hooks of other programs stay in place.",
    .words = "[PROGRAM]",
    .example = "hostlease install-hook",
    .add = bind<Options, add_options, run>,
};

} // namespace hostlease
