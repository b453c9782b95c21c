/* The kernel writes of one VM's life under the bench's policy, and nothing else: the floor for a full cycle. */
#include <fcntl.h>
#include <string.h>
#include <unistd.h>

static int put(const char* path, const char* text) {
    const int fd = open(path, O_WRONLY | O_CLOEXEC);
    if (fd < 0) return 1;
    const int failed = write(fd, text, strlen(text)) < 0;
    close(fd);
    return failed;
}

int main(int argc, char** argv) {
    static const char pool[] = "/sys/devices/system/node/node0/hugepages/hugepages-2048kB/nr_hugepages";
    static const char swappiness[] = "/proc/sys/vm/swappiness";
    if (argc != 2) return 2;
    if (strcmp(argv[1], "prepare") == 0) return put(pool, "512\n");
    if (strcmp(argv[1], "start") == 0) return put(swappiness, "10\n");
    if (strcmp(argv[1], "release") == 0) return put(swappiness, "60\n") | put(pool, "0\n");
    return 0;
}
