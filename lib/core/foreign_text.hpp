// Other people's text, such as the names of VMs, among ours.
#pragma once

#include <string>
#include <string_view>

namespace hostlease {

/// Bytes of the control character that `text`, which is not empty, begins with; 0 when it begins with another one. Control characters are those
/// below U+0020, U+007F, and U+0080 to U+009F, which terminals take for escape sequences as well. Source: ECMA-48, 5.3; xterm's ctlseqs.
std::size_t control_length(std::string_view text);

bool has_control_characters(std::string_view text);

/// With a '?' for each byte of a control character, those in `kept` excepted: text that a terminal only shows.
std::string printable(std::string text, std::string_view kept = {});

/// What Markdown, and the HTML that it becomes, take for nothing but this text, on one line. Source: CommonMark 0.31, 2.4.
std::string markdown_text(std::string_view text);

/// The same as a block of code, with a fence that the text does not have. `language` may be "".
std::string markdown_code(std::string_view text, std::string_view language);

} // namespace hostlease
