// Elements of a domain that libvirt reads although they stand more than once. Of all others that it does not
// refuse it reads the first. Source: virDomainDefParseXML, virDomainFeaturesDefParse (libvirt 9.0,
// src/conf/domain_conf.c), and virsh define of each.
#pragma once

#include <string_view>

namespace hostlease {

/// Read together, with the first value of each attribute.
inline constexpr std::string_view joined_elements[] = {"devices",
                                                       "cputune",
                                                       "vcpus",
                                                       "iothreadids",
                                                       "clock",
                                                       "memoryBacking",
                                                       "memoryBacking/hugepages",
                                                       "memoryBacking/source",
                                                       "memoryBacking/access",
                                                       "memoryBacking/allocation"};

/// Read one after the other, so that the last of each feature counts.
inline constexpr std::string_view overriding_elements = "features";

} // namespace hostlease
