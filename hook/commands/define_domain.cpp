#include "define_domain.hpp"

#include "command.hpp"
#include "directories.hpp"
#include "host/linux_host.hpp"
#include "libvirt_handles.hpp"

#include <algorithm>
#include <cstdlib>
#include <unistd.h>

namespace hostlease {

namespace {
constexpr unsigned whole = VIR_DOMAIN_XML_INACTIVE | VIR_DOMAIN_XML_SECURE;

Result<std::string> xml_of(virDomain& domain, const std::string& name) {
    if (libvirt().virDomainIsPersistent(&domain) == 0)
        return fail(ErrorKind::refused, "domain '" + name + "' is not defined: it exists only while it runs");
    const std::unique_ptr<char, Freed<free>> xml(libvirt().virDomainGetXMLDesc(&domain, whole));
    if (!xml) return libvirt_error("cannot read domain '" + name + "'", ErrorKind::refused);
    return std::string(xml.get());
}

/// libvirt's current definition.
struct Former {
    DomainHandle domain; // nullptr if the domain does not exist
    std::string xml;
};

Result<Former> read_former(virConnect& connection, const std::string& name) {
    Former former;
    former.domain.reset(libvirt().virDomainLookupByName(&connection, name.c_str()));
    if (!former.domain) {
        if (libvirt().virGetLastErrorCode() == VIR_ERR_NO_DOMAIN) return former;
        return libvirt_error("cannot look for domain '" + name + "'", ErrorKind::refused);
    }
    former.xml = TRY(xml_of(*former.domain, name));
    return former;
}

/// "win11-20261121-093000.xml", with a number if this file already exists.
std::string file_name(Host& host, const std::string& directory, const std::string& name) {
    std::string time = local_time(host.wall_clock());
    std::erase_if(time, [](char c) { return c == '-' || c == ':'; });
    std::replace(time.begin(), time.end(), ' ', '-');
    const auto stem = directory + "/" + name + "-" + time;
    std::string path = stem + ".xml";
    for (unsigned number = 2; host.status(path); ++number)
        path = stem + "-" + std::to_string(number) + ".xml";
    return path;
}

Result<std::string> keep_at(Host& host, const std::string& directory, const std::string& name,
                            const std::string& xml) {
    TRY_VOID(make_directories(host, directory));
    auto path = file_name(host, directory, name);
    TRY_VOID(host.replace(path, xml));
    return path;
}

/// Keeps the definition in the machine's folder if the user is root, otherwise in the user's own.
Result<std::string> keep(Host& host, const std::string& name, const std::string& xml) {
    if (geteuid() == 0) return keep_at(host, "/var/lib/hostlease", name, xml);
    const char* state = getenv("XDG_STATE_HOME");
    const char* home = getenv("HOME");
    if (state == nullptr && home == nullptr)
        return fail(ErrorKind::refused, "cannot keep the former definition: HOME is not set");
    const auto machine = TRY(LinuxHost::open("/"));
    return keep_at(*machine,
                   (state != nullptr ? std::string(state) : std::string(home) + "/.local/state") +
                       "/hostlease",
                   name, xml);
}
} // namespace

Result<std::string> read_whole_definition(const std::string& uri, const std::string& name) {
    const auto connection = TRY(connect_to_change_libvirt(uri));
    const auto domain = TRY(find_libvirt_domain(*connection, name));
    return xml_of(*domain, name);
}

Result<Defined> define_domain(Host& host, const std::string& uri, const std::string& name,
                              const std::string& xml, const std::string& expected) {
    const auto connection = TRY(connect_to_change_libvirt(uri));
    const auto former = TRY(read_former(*connection, name));
    if (!expected.empty() && former.xml != expected)
        return fail(ErrorKind::refused,
                    "the definition of '" + name + "' has changed meanwhile\n  hint: run suggest again");
    Defined defined{.name = name, .backup = {}, .is_running = false, .has_saved_state = false};
    if (former.domain) {
        auto kept = keep(host, name, former.xml);
        if (!kept)
            return tl::unexpected(
                std::move(kept).error().context("not defined, because the former definition cannot be kept"));
        defined.backup = std::move(*kept);
        defined.is_running = libvirt().virDomainIsActive(former.domain.get()) == 1;
        defined.has_saved_state = libvirt().virDomainHasManagedSaveImage(former.domain.get(), 0) == 1;
    }
    const DomainHandle made(
        libvirt().virDomainDefineXMLFlags(connection.get(), xml.c_str(), VIR_DOMAIN_DEFINE_VALIDATE));
    if (!made) return libvirt_error("libvirt does not define '" + name + "'", ErrorKind::refused);
    return defined;
}

} // namespace hostlease
