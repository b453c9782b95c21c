#include "advice/suggest/scene.hpp"

#include <algorithm>

namespace hostlease {

void SuggestScene::tell(std::string text, Severity severity) {
    const bool is_known =
        std::any_of(notes.begin(), notes.end(), [&](const SuggestNote& note) { return note.text == text; });
    if (!is_known) notes.push_back({severity, std::move(text)});
}

AuditInput with_domain(const AuditInput& input, const Domain& domain) {
    return {.root = input.root,
            .domain = domain,
            .guest = input.guest,
            .windows = input.windows,
            .vendor = input.vendor,
            .host = input.host,
            .policy = input.policy,
            .symptom = {},
            .libvirt_version = input.libvirt_version};
}

} // namespace hostlease
