// /etc/libvirt/hooks/qemu: libvirt's QEMU driver calls it around every start and stop of a domain. argv: NAME
// OPERATION SUBOPERATION EXTRA; stdin: the domain's XML. It never prints on stdout, because libvirt would use
// that as new domain XML in migrate and restore; it prints the reason of a refusal on stderr.
#include "doctor/hook_place.hpp"
#include "hook_call.hpp"
#include "hook_log.hpp"
#include "host/linux_host.hpp"
#include "read/domain_xml.hpp"
#include "standard_input.hpp"

#include <algorithm>
#include <array>
#include <elf.h>
#include <string>
#include <unistd.h>

namespace {
/// Linkers put notes at the beginning of a program, so a copy of this program can be recognized without
/// reading the rest. Source: elf(5), Notes.
struct Note {
    Elf64_Nhdr header{.n_namesz = sizeof "hostlease", .n_descsz = sizeof text, .n_type = 1};
    std::array<char, 12> owner{"hostlease"};
    std::array<char, hostlease::hook_marker.size()> text{};
};

constexpr Note marked() {
    Note note;
    std::copy(hostlease::hook_marker.begin(), hostlease::hook_marker.end(), note.text.begin());
    return note;
}

[[gnu::section(".note.hostlease"), gnu::aligned(4), gnu::used]] constinit const Note note = marked();

void say(const std::string& line) {
    const std::string text = line + "\n";
    // there is no other place to report a failure
    if (::write(STDERR_FILENO, text.data(), text.size()) < 0) return;
}

int serve(int argc, char** argv) {
    using namespace hostlease;
    if (argc < 4) {
        say(std::string(hook_marker) + "; it is called as: qemu NAME OPERATION SUBOPERATION EXTRA");
        return static_cast<int>(ExitCode::bad_input);
    }
    const HookCall call{argv[1],   argv[2],
                        argv[3],   argc > 4 ? argv[4] : "",
                        getppid(), [] { return read_standard_input(domain_xml_limit); }};
    if (hook_operation(call.operation, call.suboperation) == HookOperation::ignored) return 0;
    const auto host = LinuxHost::open("/");
    if (!host) {
        say("hostlease: " + host.error().text());
        return static_cast<int>(ExitCode::failed);
    }
    const auto outcome = run_hook(**host, call);
    log_hook(**host, call, outcome);
    if (outcome.code != ExitCode::done) say(outcome.reason);
    return static_cast<int>(outcome.code);
}
} // namespace

int main(int argc, char** argv) {
    const int code = serve(argc, argv);
#ifdef HOSTLEASE_REPORTS_AT_EXIT
    return code;
#else
    // there is nothing to flush, and the exit handlers of the libraries would take a twentieth of the call's
    // time for a VM without a policy
    _exit(code);
#endif
}
