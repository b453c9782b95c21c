// Internals of the domain reader: values of attributes and elements with their errors, and the parts of a
// domain.
#pragma once

#include "core/cpu_set.hpp"
#include "core/diagnostic.hpp"
#include "model/domain.hpp"
#include "read/xml_element.hpp"

#include <array>
#include <cstdint>
#include <initializer_list>
#include <limits>
#include <optional>
#include <span>
#include <string>
#include <string_view>

namespace hostlease {

/// A value and its place: an attribute, or the element's text if `attribute` is empty.
struct XmlValue {
    XmlElement element;
    std::string_view attribute;
    std::string text;
};

/// nullopt if the element or its attribute is absent.
std::optional<XmlValue> attribute_value(XmlElement element, std::string_view attribute);
/// The element's text; nullopt if the element is absent.
std::optional<XmlValue> text_value(XmlElement element);
/// The value; nullopt if its text is empty. For values that libvirt reads with virXPathString(), empty means
/// absent.
std::optional<XmlValue> unless_empty(std::optional<XmlValue> value);
/// The text of the value; "" if there is none.
std::string text_or_empty(std::optional<XmlValue> value);
/// The text for a message: in quotes, shortened, on one line.
std::string quoted(std::string_view text);

void find_children(XmlElement parent, std::span<const std::string_view> names, std::span<XmlElement> found);

/// The first child of each of these names, in no namespace; an empty XmlElement if there is none.
template <std::size_t N>
std::array<XmlElement, N> first_children(XmlElement parent, const std::string_view (&names)[N]) {
    std::array<XmlElement, N> found{};
    find_children(parent, names, found);
    return found;
}

/// Parses values and collects the errors. Absent and wrong values are nullopt; only wrong ones are errors.
class DomainReader {
  public:
    explicit DomainReader(const std::string& file) : file_(file) {}

    void error(unsigned line, std::string message, std::string hint = {});
    void error(const XmlValue& value, std::string_view what, std::string hint = {});
    [[nodiscard]] const Diagnostics& diagnostics() const { return diagnostics_; }

    /// A second child of one of these names is an error.
    void refuse_second(XmlElement parent, std::initializer_list<std::string_view> names);
    /// The attribute; an error if it is missing.
    std::optional<XmlValue> required(XmlElement element, std::string_view attribute);
    /// A whole number from `least` to `most`.
    std::optional<std::uint64_t> number(const std::optional<XmlValue>& value, std::uint64_t least,
                                        std::uint64_t most);
    std::optional<unsigned> count(const std::optional<XmlValue>& value, unsigned least = 0,
                                  unsigned most = std::numeric_limits<unsigned>::max());
    /// Bytes, rounded up to whole KiB; without a unit, the value is in KiB.
    std::optional<std::uint64_t> size(const std::optional<XmlValue>& value,
                                      const std::optional<XmlValue>& unit);
    /// The size in an element such as <memory unit='KiB'>; absent if the element is empty.
    std::optional<std::uint64_t> size(XmlElement element) {
        return size(unless_empty(text_value(element)), attribute_value(element, "unit"));
    }
    /// A list of CPUs or NUMA nodes with at least one member.
    std::optional<CpuSet> set(const std::optional<XmlValue>& value);
    /// The index of the value in `known`.
    std::optional<std::size_t> word(const std::optional<XmlValue>& value,
                                    std::span<const std::string_view> known);
    /// One of `known`; "" if absent or wrong.
    std::string known_text(const std::optional<XmlValue>& value, std::span<const std::string_view> known);
    /// <numatune>'s mode; strict if absent.
    NumaMode numa_mode(XmlElement element);

  private:
    const std::string& file_;
    Diagnostics diagnostics_;
};

/// <metadata>: the policy's name and the guest's system. `outer` has the declarations of <domain>.
void read_metadata(DomainReader& reader, XmlElement metadata, const NamespaceScope& outer, Domain& domain);
/// <qemu:commandline>, a child of <domain>; `outer` has the declarations of <domain>.
void read_command_line(XmlElement root, const NamespaceScope& outer, Domain& domain);
/// <vcpu> and <vcpus>.
void read_vcpu(DomainReader& reader, XmlElement vcpu, XmlElement list, Domain& domain);
/// <cputune>, to be read after <vcpu> and <iothreads>.
void read_cputune(DomainReader& reader, XmlElement cputune, Domain& domain);
/// <iothreads> and <iothreadids>.
void read_iothreads(DomainReader& reader, XmlElement iothreads, XmlElement ids, Domain& domain);
/// <cpu>: topology and guest cells, to be read after <vcpu>.
void read_cpu(DomainReader& reader, XmlElement cpu, Domain& domain);
/// <memoryBacking>, to be read after <cpu>.
void read_memory_backing(DomainReader& reader, XmlElement backing, Domain& domain);
/// <numatune>, to be read after <vcpu> and <cpu>.
void read_numatune(DomainReader& reader, XmlElement numatune, Domain& domain);
/// <devices>: memory, PCI host devices, disks.
void read_devices(DomainReader& reader, XmlElement devices, Domain& domain);

} // namespace hostlease
