// Elements of <cputune> for vCPUs and I/O threads that do not exist.
#include "advice/suggest/scene.hpp"
#include "read/xml_number.hpp"

#include <string>

namespace hostlease {

namespace {
void keep_pins_of(XmlNode& cputune, std::string_view element, std::string_view key, const CpuSet& ids) {
    for (XmlNode* pin : cputune.children(element)) {
        const auto id = parse_xml_number<unsigned>(pin->attribute(key).value_or(""));
        if (id && !ids.contains(*id)) cputune.remove(*pin);
    }
}

void keep_schedulers_of(XmlNode& cputune, std::string_view element, std::string_view key, const CpuSet& ids) {
    for (XmlNode* scheduler : cputune.children(element)) {
        const auto listed = parse_libvirt_list(scheduler->attribute(key).value_or(""));
        if (!listed || listed->is_subset_of(ids)) continue;
        if (listed->intersects(ids))
            scheduler->set_attribute(key, to_list(*listed & ids));
        else
            cputune.remove(*scheduler);
    }
}
} // namespace

void keep_tuning_of(XmlNode& root, const CpuSet& vcpus, const CpuSet& iothreads) {
    XmlNode* cputune = root.find("cputune");
    if (cputune == nullptr) return;
    keep_pins_of(*cputune, "vcpupin", "vcpu", vcpus);
    keep_pins_of(*cputune, "iothreadpin", "iothread", iothreads);
    keep_schedulers_of(*cputune, "vcpusched", "vcpus", vcpus);
    keep_schedulers_of(*cputune, "iothreadsched", "iothreads", iothreads);
}

} // namespace hostlease
