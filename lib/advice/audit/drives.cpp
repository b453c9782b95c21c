#include "advice/audit/drives.hpp"

#include "advice/audit/device_facts.hpp"
#include "advice/audit/elements.hpp"

#include <algorithm>

namespace hostlease {

std::vector<XmlElement> drives(const AuditInput& input) {
    auto list = find_all(input.root, "devices/disk");
    std::erase_if(list, [](XmlElement disk) { return !is_drive(disk); });
    return list;
}

std::string name_of(XmlElement disk) { return std::string(attribute(find(disk, "target"), "dev")); }

XmlElement driver_of(XmlElement disk) { return find(disk, "driver"); }

unsigned line_of_driver(XmlElement disk) { return line_of(disk, "driver"); }

std::string driver_with(XmlElement driver, std::string_view name, std::string_view value) {
    std::string text = "<driver";
    bool is_set = false;
    const auto add = [&](std::string_view key, std::string_view word) {
        text += " " + std::string(key) + "='" + std::string(word) + "'";
    };
    if (driver)
        driver.for_each_attribute([&](std::string_view key, std::string_view word) {
            is_set = is_set || key == name;
            add(key, key == name ? value : word);
        });
    if (!is_set) add(name, value);
    return text + "/>";
}

std::string_view type_of(XmlElement disk) { return attribute(disk, "type"); }

std::vector<XmlElement> scsi_controllers(const AuditInput& input) {
    auto list = find_all(input.root, "devices/controller");
    std::erase_if(list, [](XmlElement one) { return !is_scsi_controller(one); });
    return list;
}

bool has_only_virtio_scsi(const AuditInput& input) {
    const auto list = scsi_controllers(input);
    if (list.empty()) return input.is_s390();
    return std::all_of(list.begin(), list.end(), [&](XmlElement one) {
        const auto model = attribute(one, "model");
        return model.starts_with("virtio-") || (model.empty() && input.is_s390());
    });
}

std::string scsi_controller_of(XmlElement disk) {
    const auto index = attribute(find(disk, "address"), "controller");
    return index.empty() ? "0" : std::string(index);
}

bool is_on_virtio_scsi(const AuditInput& input, XmlElement disk) {
    if (bus_of(disk) != "scsi" || !has_only_virtio_scsi(input)) return false;
    const auto list = scsi_controllers(input);
    const auto wanted = scsi_controller_of(disk);
    return input.is_s390() || std::any_of(list.begin(), list.end(), [&](XmlElement one) {
               const auto index = attribute(one, "index");
               return (index.empty() ? "0" : index) == wanted;
           });
}

DriverOwner as_disk(XmlElement disk) { return {"disk", name_of(disk)}; }

DriverOwner as_controller(XmlElement controller) {
    return {"SCSI controller", std::string(attribute(controller, "index"))};
}

} // namespace hostlease
