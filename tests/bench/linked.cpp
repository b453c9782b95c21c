// What any program costs that is linked as the hook is, with libstdc++ and tinyxml2 as shared libraries, and
// does nothing.
#include <tinyxml2.h>

int main(int argc, char**) { return argc < 99 ? 0 : static_cast<int>(tinyxml2::XMLDocument().ErrorID()); }
