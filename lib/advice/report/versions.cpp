#include "advice/report/versions.hpp"

#include "advice/report/domain_report.hpp"
#include "text/json.hpp"

namespace hostlease {

std::vector<VersionChange> changed_versions(std::span<const Version> now, const VersionMap& before) {
    std::vector<VersionChange> changes;
    for (const auto& version : now) {
        const auto earlier = before.find(version.name);
        if (earlier != before.end() && earlier->second != version.value)
            changes.push_back({version.name, earlier->second, version.value});
    }
    return changes;
}

ValueArray version_rows(std::span<const Version> now, const VersionMap& before) {
    ValueArray rows;
    for (const auto& version : now) {
        ValueTable row;
        put(row, "name", version.name);
        put(row, "value", version.value);
        const auto earlier = before.find(version.name);
        if (earlier != before.end() && earlier->second != version.value) put(row, "before", earlier->second);
        rows.push_back({std::move(row), {}});
    }
    return rows;
}

std::optional<VersionMap> read_versions(const ValueArray& rows) {
    VersionMap versions;
    for (const auto& row : rows) {
        const std::string* name = text_at(&row, "name");
        const std::string* value = text_at(&row, "value");
        if (name == nullptr || value == nullptr) return std::nullopt;
        versions.emplace(*name, *value);
    }
    return versions;
}

std::vector<Version> versions_of(const DomainReport& report) {
    std::vector<Version> versions;
    const auto add = [&](const std::string& name, const std::string& value) {
        if (!value.empty()) versions.push_back({name, value});
    };
    add("QEMU", report.host.qemu);
    add("libvirt", report.host.libvirt);
    add("kernel", report.host.kernel);
    add("machine type", report.guest.machine);
    if (!report.inside.value) return versions;
    const GuestFacts& inside = *report.inside.value;
    if (inside.system.value) {
        add("guest system", inside.system.value->name);
        add("guest kernel", inside.system.value->kernel);
    }
    if (!inside.drivers.value) return versions;
    // drivers are sorted by name; several versions of one driver become one row
    for (const auto& driver : *inside.drivers.value) {
        const std::string name = "guest driver " + driver.name;
        if (!versions.empty() && versions.back().name == name)
            versions.back().value += ", " + driver.version;
        else
            add(name, driver.version);
    }
    return versions;
}

} // namespace hostlease
