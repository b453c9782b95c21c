#include "host/unified_diff.hpp"

#include "host/linux_host.hpp"
#include "host/temporary_folder.hpp"

#include <cerrno>

namespace hostlease {

namespace {
using namespace std::chrono_literals;

std::string find_diff(Host& machine) {
    for (const std::string path : {"/usr/bin/diff", "/bin/diff", "/usr/local/bin/diff"})
        if (const auto status = machine.resolve(path)) return path;
    return {};
}
} // namespace

Result<std::string> unified_diff(const DiffSide& before, const DiffSide& after) {
    if (before.text == after.text) return std::string();
    const auto machine = TRY(LinuxHost::open("/"));
    const auto diff = find_diff(*machine);
    if (diff.empty())
        return fail(ErrorKind::unsupported, "no diff: diff is not installed; install diffutils");
    const TemporaryFolder folder("hostlease-diff-");
    if (!folder.is_there()) return fail_io("cannot make a directory", TemporaryFolder::parent(), errno);
    const std::string from = folder.file("before");
    const std::string to = folder.file("after");
    TRY_VOID(machine->replace(from, before.text));
    TRY_VOID(machine->replace(to, after.text));
    const Program program{.words = {diff, "-u", "--label", before.label, "--label", after.label, from, to},
                          .environment = {},
                          .deadline = 60s,
                          .is_logged = false,
                          .standard_output = folder.file("diff"),
                          .fine_status = 1}; // means that the texts differ
    TRY_VOID(machine->run(program));
    return machine->read(program.standard_output);
}

} // namespace hostlease
