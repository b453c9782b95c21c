// Sets of CPU or NUMA node numbers, in the list formats of the kernel and of libvirt.
#pragma once

#include "core/error.hpp"

#include <compare>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace hostlease {

class CpuSet {
  public:
    /// The parsers reject this number and larger ones. Source: libvirt VIR_DOMAIN_CPUMASK_LEN (16384).
    static constexpr unsigned limit = 16384;

    CpuSet() = default;
    CpuSet(std::initializer_list<unsigned> cpus) {
        for (const unsigned cpu : cpus)
            add(cpu);
    }
    template <typename Iterator>
    CpuSet(Iterator first, Iterator last) {
        for (; first != last; ++first)
            add(*first);
    }
    /// first..last, both included; first <= last.
    static CpuSet range(unsigned first, unsigned last);

    void add(unsigned cpu);
    void remove(unsigned cpu);
    [[nodiscard]] bool contains(unsigned cpu) const;
    [[nodiscard]] bool empty() const { return words_.empty(); }
    [[nodiscard]] unsigned count() const;
    [[nodiscard]] bool is_subset_of(const CpuSet& other) const;
    [[nodiscard]] bool intersects(const CpuSet& other) const;

    /// The members in ascending order.
    [[nodiscard]] std::vector<unsigned> members() const;

    CpuSet& operator|=(const CpuSet& other);
    CpuSet& operator&=(const CpuSet& other);
    CpuSet& operator-=(const CpuSet& other);
    friend CpuSet operator|(CpuSet left, const CpuSet& right) { return left |= right; }
    friend CpuSet operator&(CpuSet left, const CpuSet& right) { return left &= right; }
    friend CpuSet operator-(CpuSet left, const CpuSet& right) { return left -= right; }
    bool operator==(const CpuSet&) const = default;

  private:
    void normalize(); // removes trailing zero words: == and empty() rely on this
    std::vector<std::uint64_t> words_;
};

/// NUMA nodes are numbered and written the same way.
using NodeSet = CpuSet;

/// "0-3,8"; "" for the empty set. Source: kernel's bitmap list format (Documentation/core-api/kernel-api,
/// %*pbl).
std::string to_list(const CpuSet& set);

/// "ff,ffffffff", the lowest CPU last, in words of 32 bits; "0" for the empty set. Source: lib/bitmap.c,
/// %*pb (6.12).
std::string to_mask(const CpuSet& set);

/// The reverse of to_mask; words may be of any length up to 8 digits. Fails with ErrorKind::usage.
Result<CpuSet> parse_cpu_mask(std::string_view text);

/// Parses comma-separated numbers and ranges, "0-3,8". "^5" or "^4-5" removes numbers that earlier pieces
/// added. Blanks around the pieces are allowed. This combines the kernel's list syntax with libvirt's:
/// "6-11, 18-23", "^5" (virBitmapParse, libvirt 9.0). An empty text yields the empty set. Fails with
/// ErrorKind::usage; the message has the invalid piece.
Result<CpuSet> parse_cpu_list(std::string_view text);

/// Parses a list in libvirt's XML. Differs from parse_cpu_list: the list may end with a comma, and "^"
/// removes only single numbers. Source: virBitmapParseInternal (libvirt 9.0, src/util/virbitmap.c).
Result<CpuSet> parse_libvirt_list(std::string_view text);

} // namespace hostlease
