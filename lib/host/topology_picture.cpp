#include "host/topology_picture.hpp"

#include "host/hwloc.hpp"
#include "host/linux_host.hpp"
#include "host/temporary_folder.hpp"
#include "host/trusted_program.hpp"

#include <cerrno>
#include <cstdlib>
#include <cstring>
#include <filesystem>
#include <string_view>

namespace hostlease {

namespace {
using namespace std::chrono_literals;

/// Escapes text, because lstopo writes text into its SVG unchanged (hwloc 2.9).
std::string harmless(std::string text) {
    for (char& c : text)
        if (std::strchr("<>&\"'", c) != nullptr || static_cast<unsigned char>(c) < ' ' || c == 0x7f) c = '_';
    return text;
}

/// hwloc's XML drops every byte outside ASCII, which would leave some labels empty: one '_' replaces each
/// such character.
/// Source: hwloc 2.9, hwloc/topology-xml.c, hwloc__xml_export_safestrdup.
std::string label(const std::string& text) {
    std::string result;
    for (const char c : harmless(text)) {
        const auto byte = static_cast<unsigned char>(c);
        if (byte < 0x80) result += c;
        if (byte >= 0xc0) result += '_'; // the first byte of a character
    }
    return result;
}

/// lstopo writes viewBox='0 0 523px 355px'; a viewBox has no units (SVG 1.1, 7.7), and librsvg 2.54 draws an
/// empty page for it.
/// Source: hwloc 2.9, utils/lstopo/lstopo-svg.c, output_nativesvg.
std::string without_units_in_view_box(std::string svg) {
    constexpr std::string_view attribute = " viewBox='";
    const auto begin = svg.find(attribute);
    if (begin == std::string::npos) return svg;
    auto end = svg.find('\'', begin + attribute.size());
    if (end == std::string::npos) return svg;
    for (auto unit = svg.find("px", begin); unit < end; unit = svg.find("px", unit)) {
        svg.erase(unit, 2);
        end -= 2;
    }
    return svg;
}

class Picture {
  public:
    Picture(const Hwloc& hwloc, const TopologyPaint& paint)
        : hwloc_(hwloc), paint_(paint), topology_(hwloc) {}

    Status write(const std::string& root, const std::string& file) {
        hwloc_.set_type_filter(topology_.get(), HWLOC_OBJ_MISC, HWLOC_TYPE_FILTER_KEEP_ALL);
        TRY_VOID(topology_.load(root));
        std::map<unsigned, hwloc_obj_t> nodes;
        topology_.each(HWLOC_OBJ_PU, [&](hwloc_obj_t pu) {
            const auto box = paint_.cpus.find(pu->os_index);
            if (box == paint_.cpus.end()) return;
            style(pu, box->second.colour);
            free(pu->subtype);
            pu->subtype = strdup(label(box->second.text).c_str());
        });
        topology_.each(HWLOC_OBJ_NUMANODE, [&](hwloc_obj_t node) { nodes[node->os_index] = node; });
        add_boxes(nodes);
        if (hwloc_.export_xml(topology_.get(), file.c_str(), 0) != 0)
            return fail_io("cannot write", file, errno);
        return {};
    }

  private:
    void style(hwloc_obj_t object, const std::string& colour) {
        hwloc_.add_info(object, "lstopoStyle", ("Background=" + colour + ";Text=#000000").c_str());
    }

    /// Called after all objects were visited, because a new object moves the others.
    void add_boxes(const std::map<unsigned, hwloc_obj_t>& nodes) {
        for (const auto& [number, boxes] : paint_.nodes) {
            const auto node = nodes.find(number);
            if (node == nodes.end()) continue;
            for (const auto& box : boxes)
                if (const auto note =
                        hwloc_.insert_misc(topology_.get(), node->second, label(box.text).c_str());
                    note != nullptr)
                    style(note, box.colour);
        }
    }

    const Hwloc& hwloc_;
    const TopologyPaint& paint_;
    HwlocTopology topology_;
};

std::string find_lstopo(Host& machine) {
    for (const std::string directory : {"/usr/bin/", "/usr/local/bin/", "/bin/"})
        for (const char* name : {"lstopo-no-graphics", "lstopo"})
            if (check_program(machine, directory + name)) return directory + name;
    return {};
}

Program drawing(const TopologyPaint& paint, const std::string& lstopo, const TemporaryFolder& shop) {
    Program program{{lstopo, "-p", "--no-io", "--no-factorize", "--if", "xml", "-i", shop.file("map.xml"),
                     "--of", "nativesvg"},
                    {},
                    60s};
    for (const auto& line : paint.legend) {
        program.words.emplace_back("--append-legend");
        program.words.push_back(harmless(line));
    }
    program.words.emplace_back("-f");
    program.words.push_back(shop.file("map.svg"));
    return program;
}
} // namespace

Result<std::string> draw_topology(const std::string& root, const TopologyPaint& paint) {
    const auto* hwloc = Hwloc::open();
    const auto machine = TRY(LinuxHost::open("/"));
    const std::string lstopo = find_lstopo(*machine);
    if (hwloc == nullptr || lstopo.empty())
        return fail(ErrorKind::unsupported, std::string("no picture: ") +
                                                (hwloc == nullptr ? "libhwloc" : "lstopo") +
                                                " is not installed; " + hwloc_packages);
    const TemporaryFolder shop("hostlease-map-");
    if (!shop.is_there()) return fail_io("cannot make a directory", TemporaryFolder::parent(), errno);
    if (auto status = Picture(*hwloc, paint).write(root, shop.file("map.xml")); !status)
        return tl::unexpected(std::move(status).error().context("no picture"));
    TRY_VOID(machine->run(drawing(paint, lstopo, shop)));
    return without_units_in_view_box(TRY(machine->read(shop.file("map.svg"))));
}

} // namespace hostlease
