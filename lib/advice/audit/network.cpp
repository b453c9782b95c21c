// Network cards.
#include "advice/audit/network.hpp"

#include "advice/audit/device_facts.hpp"
#include "advice/audit/elements.hpp"
#include "advice/audit/rule.hpp"
#include "read/xml_number.hpp"

#include <algorithm>

namespace hostlease {

namespace {
constexpr std::string_view libvirt = "https://libvirt.org/formatdomain.html#network-interfaces";
constexpr unsigned most_queues = 8;

std::string_view model_of(XmlElement card) { return attribute(find(card, "model"), "type"); }

bool is_virtio(const AuditInput& input, XmlElement card) { return is_virtio_card(card, input.domain); }

/// Fails with a finding on this card.
void fail(AuditOutcome& outcome, XmlElement card, AuditFinding finding) {
    finding.kind = "network card";
    finding.name = attribute(find(card, "mac"), "address");
    outcome.fail(std::move(finding));
}

/// Calls fault(card) for each emulated card; with `only_virtio`, only for virtio cards. Skips the rule if
/// there are none.
template <typename Fault>
void each_card(const AuditInput& input, bool only_virtio, AuditOutcome& outcome, Fault fault) {
    auto list = find_all(input.root, "devices/interface");
    std::erase_if(list, [&](XmlElement card) {
        return !is_emulated(card) || (only_virtio && !is_virtio(input, card));
    });
    if (list.empty())
        return outcome.skip(only_virtio ? "the VM has no virtio network card"
                                        : "the VM has no emulated network card");
    for (const auto card : list)
        fault(card);
}

void check_model(const AuditInput& input, const Rule&, AuditOutcome& outcome) {
    each_card(input, false, outcome, [&](XmlElement card) {
        if (is_virtio(input, card)) return;
        const auto model = model_of(card);
        fail(outcome, card,
             {.line = line_of(card, "model"),
              .found = model.empty() ? "libvirt's default model" : "model '" + std::string(model) + "'",
              .wanted = "<model type='virtio'/>" +
                        std::string(input.guest == Guest::windows ? "; Windows needs the NetKVM driver" : ""),
              .xml = "<model type='virtio'/>"});
    });
}

void check_vhost(const AuditInput& input, const Rule&, AuditOutcome& outcome) {
    bool any = false;
    each_card(input, false, outcome, [&](XmlElement card) {
        any = any || is_virtio(input, card) || attribute(card, "type") == "user";
        const bool is_passt = attribute(find(card, "backend"), "type") == "passt";
        if (attribute(card, "type") == "user")
            return fail(outcome, card,
                        {.line = card.line(),
                         .found = is_passt ? "behind passt" : "behind QEMU's user-mode network",
                         .wanted = "type='network' or 'bridge'",
                         .xml = "<interface type='network'>\n  <source network='default'/>\n  <model "
                                "type='virtio'/>\n</interface>"});
        if (is_virtio(input, card) && is_tap(attribute(card, "type")) &&
            attribute(find(card, "driver"), "name") == "qemu")
            fail(outcome, card,
                 {.line = find(card, "driver").line(),
                  .found = "packets go through QEMU",
                  .wanted = "<driver name='vhost'/>, the default if the kernel supports vhost",
                  .xml = "<driver name='vhost'/>"});
    });
    if (!any && outcome.not_applicable.empty()) outcome.skip("the VM has no virtio network card");
}

/// Whoever creates a tap decides whether it has several queues. Otherwise opening it for several queues fails
/// with EINVAL. Source: tun_set_iff of drivers/net/tun.c (Linux 6.12), IFF_MULTI_QUEUE.
void check_queues(const AuditInput& input, const Rule&, AuditOutcome& outcome) {
    const unsigned wanted = std::min(most_queues, input.domain.vcpus);
    if (wanted < 2) return outcome.skip("a single vCPU needs one queue");
    each_card(input, true, outcome, [&](XmlElement card) {
        const auto driver = find(card, "driver");
        const auto queues = parse_xml_number<unsigned>(attribute(driver, "queues")).value_or(1);
        if (!is_tap(attribute(card, "type")) || queues == wanted) return;
        const auto attribute_text = "queues='" + std::to_string(wanted) + "'";
        AuditFinding finding{.line = line_of(card, "driver"),
                             .found = std::to_string(queues) + (queues == 1 ? " queue" : " queues"),
                             .wanted = attribute_text + ": one for each vCPU, up to 8",
                             .xml = "<driver name='vhost' " + attribute_text + "/>"};
        if (has_own_tap(card)) {
            finding.found += ", on a tap that libvirt does not create (managed='no')";
            finding.wanted +=
                "; first create the tap with several queues (ip tuntap add ... multi_queue), or "
                "the VM does not start";
        }
        fail(outcome, card, std::move(finding));
    });
}

/// Source: libvirt's formatdomain on tx_queue_size. QEMU 8.1 and newer refuse more than 256 ("Invalid
/// tx_queue_size").
void check_ring(const AuditInput& input, const Rule&, AuditOutcome& outcome) {
    each_card(input, true, outcome, [&](XmlElement card) {
        const auto driver = find(card, "driver");
        const auto sent = parse_xml_number<unsigned>(attribute(driver, "tx_queue_size"));
        if (sent && *sent > 256 && attribute(card, "type") != "vhostuser" &&
            attribute(card, "type") != "vdpa")
            fail(outcome, card,
                 {.line = driver.line(),
                  .found = "tx_queue_size='" + std::to_string(*sent) + "'",
                  .wanted = "remove it: only vhost-user cards may have more than 256. Older QEMU ignores the "
                            "value, newer QEMU does not start",
                  .severity = Severity::error});
        const auto received = parse_xml_number<unsigned>(attribute(driver, "rx_queue_size"));
        if (!received || *received < 1024)
            fail(outcome, card,
                 {.line = line_of(card, "driver"),
                  .found = "a receive ring of " + std::to_string(received.value_or(256)),
                  .wanted = "rx_queue_size='1024'",
                  .xml = "<driver name='vhost' rx_queue_size='1024'/>"});
    });
}

void check_offloads(const AuditInput& input, const Rule&, AuditOutcome& outcome) {
    each_card(input, true, outcome, [&](XmlElement card) {
        for (const char* side : {"driver/host", "driver/guest"})
            if (attribute(find(card, side), "ufo") == "on")
                return fail(outcome, card,
                            {.line = find(card, side).line(),
                             .found = "ufo='on'",
                             .wanted = "remove it; the other offloads are on by default"});
    });
}

constexpr RuleMaker rule{.group = RuleGroup::network, .source = libvirt};

constexpr Rule rules[] = {
    rule("NET-MODEL", Severity::warning, virtio_guest, "An emulated card exits to QEMU for each packet.",
         "slow network, load on the host", check_model),
    rule("NET-VHOST", Severity::warning, "vhost processes packets in the kernel.",
         "slow network, load on the host", check_vhost),
    rule("NET-QUEUES", Severity::note, "One queue uses only one vCPU.",
         "the VM cannot use a fast network fully", check_queues),
    rule("NET-RING", Severity::note,
         "A short ring drops packets while the guest is busy. Only vhost-user cards may also have a longer "
         "transmit ring.",
         "lost packets under load", check_ring),
    rule("NET-OFFLOADS", Severity::note,
         "All offloads are on by default, and Linux dropped UDP fragmentation offload in 4.14.", "none",
         check_offloads)};
} // namespace

bool is_virtio_by_default(const Domain& domain) {
    const bool is_virt = domain.machine.empty() || domain.machine.starts_with("virt");
    const auto& arch = domain.arch;
    return arch.starts_with("s390") ||
           (is_virt && (arch == "aarch64" || arch.starts_with("arm") || arch.starts_with("riscv")));
}

bool is_tap(std::string_view type) {
    return type == "network" || type == "bridge" || type == "direct" || type == "ethernet";
}

std::span<const Rule> network_rules() { return rules; }

} // namespace hostlease
