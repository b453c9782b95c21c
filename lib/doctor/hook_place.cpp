#include "doctor/hook_place.hpp"

#include "core/parse.hpp"
#include "host/process.hpp"
#include "host/trusted_program.hpp"

#include <algorithm>
#include <array>

namespace hostlease {

namespace {
constexpr std::string_view program_name = "hostlease-hook";
// a name that libvirt ignores
constexpr const char* draft = "/etc/libvirt/hooks/.hostlease-hook.tmp";
constexpr const char* main_place = "/etc/libvirt/hooks/qemu";
constexpr const char* folder = "/etc/libvirt/hooks/qemu.d";
constexpr const char* folder_place = "/etc/libvirt/hooks/qemu.d/10-hostlease";
/// One line for each daemon that was signalled to reload: its pid and start time, "900 4711". Not in the
/// ledger's directory, which exists only after a first lease.
constexpr const char* told_note = "/run/hostlease-told";

constexpr std::string_view elf_magic = "\x7f"
                                       "ELF";

std::string_view last_part(std::string_view path) { return path.substr(path.rfind('/') + 1); }

Result<bool> is_there(Host& host, const std::string& path) {
    const auto status = host.status(path);
    if (status) return true;
    if (is_missing(status.error())) return false;
    return tl::unexpected<Error>(status.error());
}

bool is_copy(Host& host, const std::string& path) {
    const auto start = host.read_start(path, 4096);
    return start && start->starts_with(elf_magic) && start->find(hook_marker) != std::string::npos;
}

bool is_ours(Host& host, const std::string& path) {
    const auto status = host.status(path);
    if (!status) return false;
    if (status->type == FileStatus::Type::regular) return is_copy(host, path);
    const auto target = host.link_target(path);
    return target && (last_part(*target) == program_name || is_copy(host, path));
}

Status check_confinement(Host& host, const std::string& program) {
    if (may_start_confined(program)) return {};
    const auto directory = std::string_view(program).substr(0, program.rfind('/'));
    for (const char* profile : {"/etc/apparmor.d/usr.sbin.libvirtd", "/etc/apparmor.d/usr.sbin.virtqemud"})
        if (TRY(is_there(host, profile)))
            return fail(ErrorKind::refused,
                        std::string(profile) + " does not allow libvirt to run programs from " +
                            std::string(directory) + " (install hostlease with the prefix /usr, or copy " +
                            program + " to " + main_place + ")");
    return {};
}

Result<std::string> free_place(Host& host, unsigned long libvirt_version) {
    if (!TRY(is_there(host, main_place))) return std::string(main_place);
    if (libvirt_version < first_libvirt_with_folder)
        return fail(ErrorKind::refused,
                    std::string(main_place) +
                        " already exists, and libvirt before 6.5 runs no other hook (let that script call "
                        "hostlease-hook with the same arguments and standard input)");
    if (!TRY(is_there(host, folder_place))) return std::string(folder_place);
    return fail(ErrorKind::refused, std::string(main_place) + " and " + folder_place +
                                        " already exist and do not belong to hostlease (rename one of them)");
}

std::string note_line(const ProcessId& daemon) {
    return std::to_string(daemon.pid) + " " + std::to_string(daemon.start_time) + "\n";
}

Status put_link(Host& host, const std::string& place, const std::string& program, bool replaces) {
    TRY_VOID(host.make_directory(hooks_directory));
    if (place.starts_with(folder)) TRY_VOID(host.make_directory(folder));
    if (!replaces) return host.make_link(place, program); // fails if another program has just created it
    TRY_VOID(host.remove(draft));
    TRY_VOID(host.make_link(draft, program));
    return host.rename(draft, place);
}
} // namespace

bool may_start_confined(std::string_view program) {
    constexpr std::array<std::string_view, 4> allowed{"/usr/sbin", "/usr/bin", "/sbin", "/bin"};
    return std::find(allowed.begin(), allowed.end(), program.substr(0, program.rfind('/'))) != allowed.end();
}

Result<std::vector<std::string>> own_hooks(Host& host) {
    std::vector<std::string> found;
    if (is_ours(host, main_place)) found.emplace_back(main_place);
    for (const auto& name : TRY(host.list_if_present(folder)))
        if (const auto path = std::string(folder) + "/" + name; is_ours(host, path)) found.push_back(path);
    return found;
}

Result<HookPlace> install_hook(Host& host, const std::string& program, unsigned long libvirt_version) {
    TRY_VOID(check_program(host, program));
    if (!is_copy(host, program)) return fail(ErrorKind::refused, program + " is not the hostlease hook");
    TRY_VOID(check_confinement(host, program));
    HookPlace result;
    result.removed = TRY(own_hooks(host));
    const bool replaces = !result.removed.empty();
    result.path = replaces ? result.removed.front() : TRY(free_place(host, libvirt_version));
    if (replaces) result.removed.erase(result.removed.begin());
    const auto target = host.link_target(result.path);
    result.is_new = !target || *target != program;
    if (result.is_new) TRY_VOID(put_link(host, result.path, program, replaces));
    for (const auto& path : result.removed)
        TRY_VOID(host.remove(path));
    return result;
}

Result<std::vector<std::string>> remove_hooks(Host& host) {
    auto hooks = TRY(own_hooks(host));
    for (const auto& path : hooks)
        TRY_VOID(host.remove(path));
    if (!hooks.empty() && hooks.back() != main_place) TRY_VOID(host.remove_directory(folder));
    TRY_VOID(host.remove(told_note));
    return hooks;
}

Result<std::vector<std::string>> reload_daemons(Host& host) {
    std::vector<std::string> told;
    std::string note;
    for (const std::string name : {"libvirtd", "virtqemud"}) {
        const auto pid = TRY(host.read_line("/run/" + name + ".pid"));
        const auto daemon = TRY(find_daemon(host, parse_integer<std::int64_t>(pid).value_or(0)));
        if (!daemon) continue;
        TRY_VOID(host.hang_up(*daemon));
        told.push_back(name);
        note += note_line(*daemon);
    }
    // not an error: the daemons reload, and only the doctor uses the note
    [[maybe_unused]] const auto noted = note.empty() ? host.remove(told_note) : host.replace(told_note, note);
    return told;
}

std::optional<std::int64_t> told_at(Host& host, const ProcessId& daemon) {
    const auto note = host.read(told_note);
    const auto status = host.status(told_note);
    const bool has_line = note && ("\n" + *note).find("\n" + note_line(daemon)) != std::string::npos;
    return has_line && status ? std::optional(status->changed) : std::nullopt;
}

} // namespace hostlease
