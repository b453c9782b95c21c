// Sizes and times as people write them.
#pragma once

#include "core/error.hpp"

#include <chrono>
#include <cstdint>
#include <string>
#include <string_view>

namespace hostlease {

constexpr std::uint64_t KiB = 1024;
constexpr std::uint64_t MiB = 1024 * KiB;
constexpr std::uint64_t GiB = 1024 * MiB;

/// Parses a size of a policy to bytes: a whole number and one of B, KiB, MiB, GiB, TiB ("512MiB"; blanks
/// between them are allowed). Fails with ErrorKind::usage.
Result<std::uint64_t> parse_size(std::string_view text);

/// Parses a time of a policy: a whole number and one of us, ms, s, min ("250ms"), up to a century. Fails
/// with ErrorKind::usage.
Result<std::chrono::microseconds> parse_time(std::string_view text);

/// In the largest unit that gives a whole number: 1073741824 -> "1 GiB", 1536 -> "1536 B".
std::string format_size(std::uint64_t bytes);

/// As the kernel and mount(8) read it, in the largest unit that gives a whole number: "1G", "64K". Source:
/// memparse of lib/cmdline.c (6.12).
std::string kernel_size(std::uint64_t bytes);

/// For people: in the largest unit that gives at least 1, rounded down to one decimal, without a decimal of
/// 0: "12.6 GiB", "1 GiB", "512 MiB".
std::string format_size_short(std::uint64_t bytes);

/// "20s", "250ms", "50us"; the form that parse_time reads.
std::string format_time(std::chrono::microseconds time);

/// For people: "0.42 ms", "12.3 ms", "1.25 s".
std::string format_duration(std::chrono::microseconds time);

/// Seconds since 1970 as "2026-11-21 09:30:00 UTC".
std::string format_utc(std::int64_t seconds);

/// Bytes in one `unit` of libvirt's XML ("KiB", "k", "MB", "bytes", ...), case-insensitive.
/// Source: virScaleInteger (libvirt 9.0, src/util/virutil.c). ErrorKind::domain_invalid for an unknown one.
Result<std::uint64_t> libvirt_unit(std::string_view unit);

/// value * scale; ErrorKind::usage past 2^63 - 1.
Result<std::uint64_t> scale_checked(std::uint64_t value, std::uint64_t scale);

/// The smallest multiple of `step` (> 0) that is at least `value`.
constexpr std::uint64_t round_up(std::uint64_t value, std::uint64_t step) {
    return (value + step - 1) / step * step;
}

} // namespace hostlease
