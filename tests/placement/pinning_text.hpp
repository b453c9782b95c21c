// Pinnings as one line of text.
#pragma once

#include "placement/pinning.hpp"

namespace hostlease::test {

/// "1,9 2,10; emulator 0,8; guest 1x1x2x2", followed by other results; or the error.
inline std::string text_of(const tl::expected<Pinning, std::string>& found) {
    if (!found) return found.error();
    std::string text;
    for (std::size_t vcpu = 0; vcpu < found->vcpus.size(); ++vcpu)
        text += (vcpu == 0                    ? ""
                 : vcpu % found->threads == 0 ? " "
                                              : ",") +
                std::to_string(found->vcpus[vcpu]);
    text += "; emulator " + to_list(found->emulator);
    if (!found->iothreads.empty()) text += "; iothreads " + to_list(found->iothreads);
    if (!found->idle.empty()) text += "; idle " + to_list(found->idle);
    text += "; node " + to_list(found->nodes);
    for (const auto& nodes : found->cell_nodes)
        text += " cell " + to_list(nodes);
    return text + "; guest " + std::to_string(found->sockets) + "x" + std::to_string(found->dies) + "x" +
           std::to_string(found->cores) + "x" + std::to_string(found->threads);
}

} // namespace hostlease::test
