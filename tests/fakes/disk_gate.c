/* Preloaded into a station (LD_PRELOAD): asks a test for leave before and after what SQLite does to its log on the disk.
 *
 * Each write to a file that ends with "-wal", and each flush of it, is announced on the Unix socket $DISK_GATE as one
 * line: "write" and "sync" before the call, "synced" after the flush. The call goes on when the test answers one byte;
 * when that is '!', a write fails as on a full disk. Without the socket everything goes on as if nobody asked.
 */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/types.h>
#include <sys/un.h>
#include <unistd.h>

static int is_log(int fd) {
    char link[64], path[4096];
    snprintf(link, sizeof link, "/proc/self/fd/%d", fd);
    ssize_t length = readlink(link, path, sizeof path);
    return length > 4 && memcmp(path + length - 4, "-wal", 4) == 0;
}

/* Returns whether the call may go on. */
static int ask(const char *point) {
    const char *place = getenv("DISK_GATE");
    struct sockaddr_un address = {.sun_family = AF_UNIX};
    if (place == NULL || strlen(place) >= sizeof address.sun_path)
        return 1;
    strcpy(address.sun_path, place);
    int saved = errno;
    char leave = '.';
    int gate = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
    if (gate >= 0) {
        if (connect(gate, (struct sockaddr *)&address, sizeof address) == 0 && send(gate, point, strlen(point), MSG_NOSIGNAL) > 0)
            while (read(gate, &leave, 1) < 0 && errno == EINTR) {
            }
        close(gate);
    }
    errno = saved;
    return leave != '!';
}

ssize_t pwrite64(int fd, const void *data, size_t size, off64_t offset) {
    static ssize_t (*real)(int, const void *, size_t, off64_t);
    if (real == NULL)
        real = dlsym(RTLD_NEXT, "pwrite64");
    if (is_log(fd) && !ask("write\n")) {
        errno = ENOSPC;
        return -1;
    }
    return real(fd, data, size, offset);
}

ssize_t pwrite(int fd, const void *data, size_t size, off_t offset) { return pwrite64(fd, data, size, offset); }

static int flush(int fd, const char *name) {
    int (*real)(int) = dlsym(RTLD_NEXT, name);
    int watched = is_log(fd);
    if (watched)
        ask("sync\n");
    int outcome = real(fd);
    if (watched)
        ask("synced\n");
    return outcome;
}

int fsync(int fd) { return flush(fd, "fsync"); }

int fdatasync(int fd) { return flush(fd, "fdatasync"); }
