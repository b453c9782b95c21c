#include "advice/report/guest_facts.hpp"

#include "core/parse.hpp"
#include "read/xml_element.hpp"
#include "text/json.hpp"

#include <algorithm>
#include <span>
#include <tuple>

namespace hostlease {

namespace {
/// Limits lists from the guest, which is not trusted. libvirt passes on at most this number of parameters.
/// Source: REMOTE_DOMAIN_GUEST_INFO_PARAMS_MAX (libvirt 9.0).
constexpr std::uint64_t most_rows = 2048;

std::string text_or_empty(const DomainSample& answer, const std::string& name) {
    const auto text = answer.texts.find(name);
    return text == answer.texts.end() ? "" : text->second;
}

std::uint64_t count_of(const DomainSample& answer, const std::string& name) {
    return std::min(answer.number(name).value_or(0), most_rows);
}
} // namespace

AgentChannel agent_channel(std::string_view running_xml) {
    AgentChannel found = AgentChannel::none;
    const auto document = XmlDocument::parse(running_xml);
    if (!document) return found;
    for_each_child(document->root(), "devices", [&](XmlElement devices) {
        for_each_child(devices, "channel", [&](XmlElement channel) {
            for_each_child(channel, "target", [&](XmlElement target) {
                if (target.attribute("name").value_or("") != "org.qemu.guest_agent.0") return;
                found = target.attribute("state").value_or("") == "connected" ? AgentChannel::open
                                                                              : AgentChannel::closed;
            });
        });
    });
    return found;
}

Known<GuestSystem> guest_system(const DomainSample& answer) {
    GuestSystem system;
    system.name = text_or_empty(answer, "os.pretty-name");
    if (system.name.empty()) {
        const std::string version = text_or_empty(answer, "os.version");
        system.name = text_or_empty(answer, "os.name") + (version.empty() ? "" : " " + version);
    }
    system.kernel = text_or_empty(answer, "os.kernel-release");
    system.is_windows = text_or_empty(answer, "os.id") == "mswindows";
    if (system.name.empty() && system.kernel.empty())
        return {{}, "the guest agent reports no operating system"};
    return {std::move(system), {}};
}

Known<GuestProcessors> guest_processors(const DomainSample& answer) {
    const auto all = parse_cpu_list(text_or_empty(answer, "vcpus"));
    const auto online = parse_cpu_list(text_or_empty(answer, "online"));
    if (!all || !online || all->empty()) return {{}, "the guest agent reports no processors"};
    return {GuestProcessors{*all, *online}, {}};
}

std::vector<GuestFilesystem> guest_filesystems(const DomainSample& answer) {
    std::vector<GuestFilesystem> list;
    for (std::uint64_t index = 0; index < count_of(answer, "fs.count"); ++index) {
        const std::string prefix = "fs." + std::to_string(index) + ".";
        GuestFilesystem& one = list.emplace_back();
        one.mountpoint = text_or_empty(answer, prefix + "mountpoint");
        one.type = text_or_empty(answer, prefix + "fstype");
        one.total = answer.number(prefix + "total-bytes");
        one.used = answer.number(prefix + "used-bytes");
        for (std::uint64_t disk = 0; disk < count_of(answer, prefix + "disk.count"); ++disk) {
            const std::string target =
                text_or_empty(answer, prefix + "disk." + std::to_string(disk) + ".alias");
            if (!target.empty()) one.targets.push_back(target);
        }
    }
    return list;
}

std::vector<GuestDisk> guest_disks(const DomainSample& answer) {
    std::vector<GuestDisk> list;
    for (std::uint64_t index = 0; index < count_of(answer, "disk.count"); ++index) {
        const std::string prefix = "disk." + std::to_string(index) + ".";
        if (answer.number(prefix + "partition").value_or(0) != 0) continue;
        list.push_back({text_or_empty(answer, prefix + "name"), text_or_empty(answer, prefix + "alias")});
    }
    return list;
}

Known<std::vector<GuestDriver>> guest_drivers(std::string_view answer) {
    const auto root = parse_json(answer, "guest-get-devices");
    const ValueArray* rows = root ? list_at(&*root, "return") : nullptr;
    if (rows == nullptr) return {{}, "the guest agent's answer is not a list of devices"};
    std::vector<GuestDriver> drivers;
    for (const auto& row : std::span(*rows).first(std::min<std::size_t>(rows->size(), most_rows))) {
        const std::string* name = text_at(&row, "driver-name");
        const std::string* version = text_at(&row, "driver-version");
        if (name != nullptr && version != nullptr) drivers.push_back({*name, *version});
    }
    const auto key = [](const GuestDriver& driver) { return std::tie(driver.name, driver.version); };
    std::sort(drivers.begin(), drivers.end(),
              [&](const auto& one, const auto& other) { return key(one) < key(other); });
    drivers.erase(std::unique(drivers.begin(), drivers.end()), drivers.end());
    return {std::move(drivers), {}};
}

} // namespace hostlease
