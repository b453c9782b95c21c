// A program that does nothing, linked like the hook with libstdc++ and tinyxml2 as shared libraries: shows
// the cost of linking.
#include <tinyxml2.h>

int main(int argc, char**) { return argc < 99 ? 0 : static_cast<int>(tinyxml2::XMLDocument().ErrorID()); }
