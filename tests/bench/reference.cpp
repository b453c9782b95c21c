// reference DIRECTORY: reads the TOML files of a directory into a map of strings by table and key, as any
// program could. The instructions of `hostlease` are compared with those of this program, which is built by
// the same compiler with the same options.
#include <filesystem>
#include <fstream>
#include <iostream>
#include <map>
#include <string>
#include <utility>

namespace {
using Content = std::map<std::pair<std::string, std::string>, std::string>;

void read(const std::filesystem::path& file, Content& content) {
    std::ifstream stream(file);
    std::string line;
    std::string table = file.filename().string();
    std::size_t tables = 0;
    while (std::getline(stream, line)) {
        const auto sign = line.find(" = ");
        if (line.starts_with('['))
            table = file.filename().string() + std::to_string(tables++);
        else if (sign != std::string::npos)
            content[{table, line.substr(0, sign)}] = line.substr(sign + 3);
    }
}
} // namespace

int main(int argc, char** argv) {
    if (argc != 2) return 2;
    Content content;
    for (const auto& entry : std::filesystem::directory_iterator(argv[1]))
        read(entry.path(), content);
    std::cout << content.size() << '\n';
    return content.empty() ? 1 : 0;
}
