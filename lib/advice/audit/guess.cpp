// Guesses the guest's system and the CPU's vendor from the XML.
#include "advice/audit/audit.hpp"
#include "advice/audit/elements.hpp"

#include <algorithm>

namespace hostlease {

namespace {
constexpr std::string_view microsoft = "http://microsoft.com/win/";

// Prefixes of the names of libvirt's Intel CPU models. Source: libvirt 9.0 to 11.3, src/cpu_map/x86_*.xml.
constexpr std::string_view intel_models[] = {
    "Conroe",    "Penryn",    "Nehalem", "Westmere",     "SandyBridge", "IvyBridge",
    "Haswell",   "Broadwell", "Skylake", "Cascadelake",  "Cooperlake",  "Icelake",
    "Snowridge", "Sapphire",  "Granite", "SierraForest", "Clearwater",  "KnightsMill",
    "core2duo",  "coreduo",   "n270",    "Denverton"};
// Prefixes of libosinfo's ids of systems other than Windows, Linux and macOS. Source: osinfo-db 20221130.
constexpr std::string_view neither[] = {
    "http://freebsd.org/",      "http://openbsd.org/",        "http://netbsd.org/",   "http://sun.com/",
    "http://dragonflybsd.org/", "http://oracle.com/solaris/", "http://haiku-os.org/", "http://novell.com/",
    "http://freedos.org/",      "http://microsoft.com/"};

constexpr std::string_view amd_models[] = {"EPYC", "Opteron", "phenom", "athlon", "Dhyana"};

template <typename Names>
bool begins_with_one_of(std::string_view text, const Names& names) {
    return std::any_of(std::begin(names), std::end(names),
                       [&](std::string_view name) { return text.starts_with(name); });
}
/// Whether the VM has the chip that macOS needs to start.
bool has_apples_chip(const Domain& domain) {
    return std::any_of(domain.qemu_arguments.begin(), domain.qemu_arguments.end(),
                       [](const QemuArgument& argument) {
                           return argument.value.find("isa-applesmc") != std::string::npos;
                       });
}
} // namespace

Guest guess_guest(XmlElement root, const Domain& domain, std::string& windows) {
    if (domain.os_id.starts_with(microsoft)) {
        windows = domain.os_id.substr(microsoft.size());
        return Guest::windows;
    }
    if (domain.os_id.starts_with("http://apple.com/")) return Guest::macos;
    if (begins_with_one_of(std::string_view(domain.os_id), neither)) return Guest::other;
    if (!domain.os_id.empty() && !domain.os_id.starts_with("http://libosinfo.org/unknown"))
        return Guest::linux;
    if (has_apples_chip(domain)) return Guest::macos;
    if (find(root, "features/hyperv") || attribute(find(root, "clock"), "offset") == "localtime")
        return Guest::windows;
    return Guest::unknown;
}

CpuVendor vendor_named(std::string_view name) {
    if (name == "GenuineIntel" || name == "Intel") return CpuVendor::intel;
    if (name == "AuthenticAMD" || name == "AMD" || name == "HygonGenuine" || name == "Hygon")
        return CpuVendor::amd;
    return CpuVendor::unknown;
}

CpuVendor guess_vendor(XmlElement root) {
    if (const auto vendor = text_of(find(root, "cpu/vendor")); !vendor.empty()) return vendor_named(vendor);
    const auto model = text_of(find(root, "cpu/model"));
    if (begins_with_one_of(model, intel_models)) return CpuVendor::intel;
    return begins_with_one_of(model, amd_models) ? CpuVendor::amd : CpuVendor::unknown;
}

bool model_has_topoext(XmlElement root) {
    const auto mode = attribute(find(root, "cpu"), "mode");
    const auto model = text_of(find(root, "cpu/model"));
    return (mode.empty() || mode == "custom") && (model.starts_with("EPYC") || model.starts_with("Dhyana"));
}

} // namespace hostlease
