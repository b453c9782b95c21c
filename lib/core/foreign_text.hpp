// Foreign text, such as the names of VMs, within hostlease's output.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

namespace hostlease {

/// The number of bytes of the control character at the start of `text`, which must not be empty; 0 if it
/// starts with another character. Control characters are those below U+0020, U+007F, and U+0080 to U+009F,
/// which terminals also take for escape sequences. Source: ECMA-48, 5.3; xterm's ctlseqs.
std::size_t control_length(std::string_view text);

bool has_control_characters(std::string_view text);

/// Replaces each byte of a control character by '?', except those in `kept`.
std::string printable(std::string text, std::string_view kept = {});

/// The longest beginning of `text` with at most `bytes` bytes that does not split a UTF-8 character.
std::string_view beginning(std::string_view text, std::size_t bytes);

/// The same, followed by "..." if the rest is omitted.
std::string shortened(std::string_view text, std::size_t bytes);

/// The text on one line, escaped for Markdown and for HTML that is made from it. Source: CommonMark 0.31,
/// 2.4.
std::string markdown_text(std::string_view text);

/// The text as a code block, with a fence that does not occur in it. `language` may be "".
std::string markdown_code(std::string_view text, std::string_view language);

} // namespace hostlease
