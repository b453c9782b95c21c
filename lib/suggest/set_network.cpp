// Network cards. Each remedy goes over all cards that its rule speaks of.
#include "audit/network.hpp"
#include "core/parse.hpp"
#include "suggest/scene.hpp"

#include <algorithm>
#include <string>

namespace hostlease {

namespace {
constexpr unsigned most_queues = 8;

bool is_virtio(SuggestScene& scene, XmlNode& card) {
    XmlNode* model = card.find("model");
    const auto type = model == nullptr ? std::string() : model->attribute("type").value_or("");
    return type.starts_with("virtio") || (type.empty() && is_virtio_by_default(scene.domain()));
}

/// Cards that QEMU has a part in; with `only_virtio` those of virtio.
std::vector<XmlNode*> cards(SuggestScene& scene, bool only_virtio = true) {
    XmlNode* devices = scene.root.find("devices");
    auto list = devices == nullptr ? std::vector<XmlNode*>{} : devices->children("interface");
    std::erase_if(list, [&](XmlNode* card) {
        const auto type = card->attribute("type").value_or("");
        return type == "hostdev" || type == "vdpa" || (only_virtio && !is_virtio(scene, *card));
    });
    return list;
}

void set_model(SuggestScene& scene, const AuditFinding&) {
    for (XmlNode* card : cards(scene, false))
        if (!is_virtio(scene, *card)) card->ensure("model").set_attribute("type", "virtio");
    scene.warn(scene.audit.guest == Guest::windows
                   ? "network cards become virtio: install its driver in Windows first (NetKVM), or it has no network"
                   : "network cards become virtio: see that the guest's network settings do not name the old card");
}

void set_vhost(SuggestScene& scene, const AuditFinding&) {
    for (XmlNode* card : cards(scene)) {
        if (card->attribute("type") == "user") {
            scene.tell("a network card stays with QEMU's user mode network: which network or bridge it should be on is for its "
                       "owner to say");
            continue;
        }
        if (XmlNode* driver = card->find("driver"); driver != nullptr && driver->attribute("name") == "qemu")
            driver->set_attribute("name", "vhost");
    }
}

void set_queues(SuggestScene& scene, const AuditFinding&) {
    const unsigned wanted = std::min(most_queues, scene.domain().vcpus);
    for (XmlNode* card : cards(scene)) {
        if (card->attribute("type") == "user") continue;
        XmlNode& driver = card->ensure("driver");
        if (!driver.attribute("name")) driver.set_attribute("name", "vhost");
        driver.set_attribute("queues", std::to_string(wanted));
    }
}

void set_ring(SuggestScene& scene, const AuditFinding&) {
    for (XmlNode* card : cards(scene)) {
        XmlNode& driver = card->ensure("driver");
        const auto type = card->attribute("type").value_or("");
        const auto sent = parse_integer<unsigned>(driver.attribute("tx_queue_size").value_or(""));
        if (sent && *sent > 256 && type != "vhostuser") driver.remove_attribute("tx_queue_size");
        const auto received = parse_integer<unsigned>(driver.attribute("rx_queue_size").value_or(""));
        if (!received || *received < 1024) driver.set_attribute("rx_queue_size", "1024");
    }
}

void set_offloads(SuggestScene& scene, const AuditFinding&) {
    for (XmlNode* card : cards(scene))
        for (const char* side : {"driver/host", "driver/guest"})
            if (XmlNode* offloads = card->find(side); offloads != nullptr && offloads->attribute("ufo") == "on")
                offloads->remove_attribute("ufo");
}

constexpr Remedy remedies[] = {{"NET-MODEL", set_model},
                               {"NET-VHOST", set_vhost},
                               {"NET-QUEUES", set_queues},
                               {"NET-RING", set_ring},
                               {"NET-OFFLOADS", set_offloads}};
constexpr GroupSetter setter{.group = RuleGroup::network, .by_default = false, .needs_guest = true, .remedies = remedies};
} // namespace

const GroupSetter& network_setter() { return setter; }

} // namespace hostlease
