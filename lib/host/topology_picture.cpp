#include "host/topology_picture.hpp"

#include "host/linux_host.hpp"

#include <array>
#include <cerrno>
#include <cstdlib>
#include <cstring>
#include <dlfcn.h>
#include <fcntl.h>
#include <filesystem>
#include <hwloc.h>
#include <memory>
#include <unistd.h>

namespace hostlease {

namespace {
using namespace std::chrono_literals;
constexpr const char* packages = "install hwloc (on Debian hwloc or hwloc-nox)";

template <typename Function>
bool find(void* library, const char* name, Function& function) {
    function = reinterpret_cast<Function>(dlsym(library, name));
    return function != nullptr;
}

/// The functions of libhwloc that are used, of the major version that the headers are of.
struct Hwloc {
    decltype(&hwloc_topology_init) init = nullptr;
    decltype(&hwloc_topology_destroy) destroy = nullptr;
    decltype(&hwloc_topology_set_type_filter) set_type_filter = nullptr;
    decltype(&hwloc_topology_set_flags) set_flags = nullptr;
    decltype(&hwloc_topology_load) load = nullptr;
    decltype(&hwloc_get_type_depth) depth_of = nullptr;
    decltype(&hwloc_get_nbobjs_by_depth) count_at = nullptr;
    decltype(&hwloc_get_obj_by_depth) object_at = nullptr;
    decltype(&hwloc_obj_add_info) add_info = nullptr;
    decltype(&hwloc_topology_insert_misc_object) insert_misc = nullptr;
    decltype(&hwloc_topology_export_xml) export_xml = nullptr;

    static std::unique_ptr<Hwloc> open() {
        void* library = dlopen("libhwloc.so.15", RTLD_NOW | RTLD_LOCAL);
        if (library == nullptr) return nullptr;
        auto hwloc = std::make_unique<Hwloc>();
        const bool is_whole =
            find(library, "hwloc_topology_init", hwloc->init) && find(library, "hwloc_topology_destroy", hwloc->destroy) &&
            find(library, "hwloc_topology_set_type_filter", hwloc->set_type_filter) &&
            find(library, "hwloc_topology_set_flags", hwloc->set_flags) && find(library, "hwloc_topology_load", hwloc->load) &&
            find(library, "hwloc_get_type_depth", hwloc->depth_of) &&
            find(library, "hwloc_get_nbobjs_by_depth", hwloc->count_at) &&
            find(library, "hwloc_get_obj_by_depth", hwloc->object_at) && find(library, "hwloc_obj_add_info", hwloc->add_info) &&
            find(library, "hwloc_topology_insert_misc_object", hwloc->insert_misc) &&
            find(library, "hwloc_topology_export_xml", hwloc->export_xml);
        return is_whole ? std::move(hwloc) : nullptr;
    }
};

/// A directory of our own that goes away with what is in it.
class Workshop {
  public:
    Workshop() {
        std::string name = (std::filesystem::temp_directory_path() / "hostlease-map-XXXXXX").string();
        if (mkdtemp(name.data()) != nullptr) path_ = name;
    }
    Workshop(const Workshop&) = delete;
    Workshop& operator=(const Workshop&) = delete;
    ~Workshop() {
        std::error_code ignored;
        if (!path_.empty()) std::filesystem::remove_all(path_, ignored);
    }
    [[nodiscard]] std::string file(const char* name) const { return path_ + "/" + name; }
    [[nodiscard]] bool is_there() const { return !path_.empty(); }

  private:
    std::string path_;
};

/// lstopo writes text into its SVG as it is (hwloc 2.9).
std::string harmless(std::string text) {
    for (char& c : text)
        if (std::strchr("<>&\"'", c) != nullptr || static_cast<unsigned char>(c) < ' ' || c == 0x7f) c = '_';
    return text;
}

class Picture {
  public:
    Picture(const Hwloc& hwloc, const TopologyPaint& paint) : hwloc_(hwloc), paint_(paint) { hwloc_.init(&topology_); }
    Picture(const Picture&) = delete;
    Picture& operator=(const Picture&) = delete;
    ~Picture() { hwloc_.destroy(topology_); }

    Status write(const std::string& file) {
        hwloc_.set_type_filter(topology_, HWLOC_OBJ_MISC, HWLOC_TYPE_FILTER_KEEP_ALL);
        hwloc_.set_flags(topology_, HWLOC_TOPOLOGY_FLAG_INCLUDE_DISALLOWED);
        if (hwloc_.load(topology_) != 0) return fail(ErrorKind::unsupported, "hwloc cannot read the host's topology");
        std::map<unsigned, hwloc_obj_t> nodes;
        each(HWLOC_OBJ_PU, [&](hwloc_obj_t pu) {
            const auto box = paint_.cpus.find(pu->os_index);
            if (box == paint_.cpus.end()) return;
            style(pu, box->second.colour);
            free(pu->subtype);
            pu->subtype = strdup(harmless(box->second.text).c_str());
        });
        each(HWLOC_OBJ_NUMANODE, [&](hwloc_obj_t node) { nodes[node->os_index] = node; });
        add_boxes(nodes);
        if (hwloc_.export_xml(topology_, file.c_str(), 0) != 0) return fail_io("cannot write", file, errno);
        return {};
    }

  private:
    template <typename Act>
    void each(hwloc_obj_type_t type, Act act) {
        const int depth = hwloc_.depth_of(topology_, type);
        for (unsigned index = 0; index < hwloc_.count_at(topology_, depth); ++index)
            act(hwloc_.object_at(topology_, depth, index));
    }

    void style(hwloc_obj_t object, const std::string& colour) {
        hwloc_.add_info(object, "lstopoStyle", ("Background=" + colour + ";Text=#000000").c_str());
    }

    /// After all objects were visited: a new one moves the others.
    void add_boxes(const std::map<unsigned, hwloc_obj_t>& nodes) {
        for (const auto& [number, boxes] : paint_.nodes) {
            const auto node = nodes.find(number);
            if (node == nodes.end()) continue;
            for (const auto& box : boxes)
                if (const auto note = hwloc_.insert_misc(topology_, node->second, box.text.c_str()); note != nullptr)
                    style(note, box.colour);
        }
    }

    const Hwloc& hwloc_;
    const TopologyPaint& paint_;
    hwloc_topology_t topology_ = nullptr;
};

std::string find_lstopo(Host& machine) {
    for (const std::string directory : {"/usr/bin/", "/usr/local/bin/", "/bin/"})
        for (const char* name : {"lstopo-no-graphics", "lstopo"})
            if (const auto status = machine.status(directory + name); status && status->type != FileStatus::Type::directory)
                return directory + name;
    return {};
}

Program drawing(const TopologyPaint& paint, const std::string& lstopo, const Workshop& shop) {
    Program program{
        {lstopo, "-p", "--no-io", "--no-factorize", "--if", "xml", "-i", shop.file("map.xml"), "--of", "nativesvg"}, {}, 60s};
    for (const auto& line : paint.legend) {
        program.words.emplace_back("--append-legend");
        program.words.push_back(harmless(line));
    }
    program.words.emplace_back("-f");
    program.words.push_back(shop.file("map.svg"));
    return program;
}

/// hwloc takes this machine for a root that tells it too little.
Status choose_root(const std::string& root) {
    std::error_code error;
    if (std::filesystem::equivalent(root, "/", error)) return {};
    const std::string place = root + "/sys/devices/system/cpu";
    bool has_topology = false;
    for (const auto& entry : std::filesystem::directory_iterator(place, error))
        has_topology = has_topology || std::filesystem::exists(entry.path() / "topology" / "thread_siblings", error);
    if (!has_topology)
        return fail(ErrorKind::unsupported, "no picture: " + place + "/cpu*/topology/thread_siblings are not there");
    setenv("HWLOC_FSROOT", root.c_str(), 1);
    setenv("HWLOC_COMPONENTS", "linux,stop", 1);
    return {};
}
} // namespace

Result<std::string> draw_topology(const std::string& root, const TopologyPaint& paint) {
    const auto hwloc = Hwloc::open();
    const auto machine = TRY(LinuxHost::open("/"));
    const std::string lstopo = find_lstopo(*machine);
    if (!hwloc || lstopo.empty())
        return fail(ErrorKind::unsupported,
                    std::string("no picture: ") + (hwloc ? "lstopo" : "libhwloc") + " is not there; " + packages);
    TRY_VOID(choose_root(root));
    setenv("HWLOC_HIDE_ERRORS", "2", 1);
    const Workshop shop;
    if (!shop.is_there()) return fail_io("cannot make a directory", std::filesystem::temp_directory_path().string(), errno);
    TRY_VOID(Picture(*hwloc, paint).write(shop.file("map.xml")));
    TRY_VOID(machine->run(drawing(paint, lstopo, shop)));
    return machine->read(shop.file("map.svg"));
}

} // namespace hostlease
