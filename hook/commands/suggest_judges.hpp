// Who judges the result of `suggest` besides the audit: the planner, and libvirt.
#pragma once

#include "suggest_request.hpp"

namespace hostlease {

/// Plans a start on this host, under the policy of the subject: refuses XML that the plan has errors
/// for. Both have to outlive the judge.
Judge planning_judge(Host& host, const SuggestSubject& subject);

/// Has libvirt hold the XML against its schema, where virt-xml-validate is installed, and convert it to
/// QEMU's command line; defines and starts nothing. `uri` "" is qemu:///system. ErrorKind::refused without a
/// connection that may change things, which the conversion needs.
Result<Judge> libvirt_judge(const std::string& uri);

} // namespace hostlease
