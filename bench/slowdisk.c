/* Preloaded into a process: makes its flushes as slow as a card's, counts them, and can log writes for power-cut replays.
 *
 * Environment:
 *   SLOWDISK_FLUSH_US  microseconds that each fsync or fdatasync takes; one after the other, as one card does them
 *   SLOWDISK_COUNT     file of 8 bytes; holds the number of flushes (unsigned, native byte order)
 *   SLOWDISK_FOLDER    only files below this folder are logged
 *   SLOWDISK_LOG       the log; records as `struct record`, then path, then data
 *
 * The real flush is left out: it would add this machine's disk to the emulated one.
 */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <time.h>
#include <unistd.h>

enum { WRITE = 1, TRUNCATE = 2, SYNC_BEGIN = 3, SYNC_END = 4, UNLINK = 5 };

struct record {
    uint32_t kind;
    uint32_t path_length;
    uint64_t offset; /* of a write; the new length of a truncate; the number of a sync */
    uint64_t length; /* of the data that follows the path */
};

static pthread_mutex_t order = PTHREAD_MUTEX_INITIALIZER; /* keeps the log in the order of what was done */
static pthread_mutex_t card = PTHREAD_MUTEX_INITIALIZER;  /* one flush at a time */
static long flush_us;
static volatile uint64_t *count;
static int log_fd = -1;
static const char *folder;
static uint64_t syncs;

__attribute__((constructor)) static void set_up(void) {
    const char *text = getenv("SLOWDISK_FLUSH_US");
    flush_us = text ? atol(text) : 0;
    folder = getenv("SLOWDISK_FOLDER");
    if ((text = getenv("SLOWDISK_COUNT"))) {
        int fd = open(text, O_RDWR | O_CREAT | O_CLOEXEC, 0600);
        if (fd >= 0 && ftruncate(fd, 8) == 0) {
            void *page = mmap(NULL, 8, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
            count = page == MAP_FAILED ? NULL : page;
        }
    }
    if ((text = getenv("SLOWDISK_LOG")))
        log_fd = open(text, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0600);
}

/* The path of fd when it is to be logged, else NULL. A -shm file is rebuilt after a crash, a lock holds nothing. */
static const char *watched_path(const char *path) {
    size_t length = strlen(path);
    if (!folder || strncmp(path, folder, strlen(folder)) != 0)
        return NULL;
    if (length > 4 && (strcmp(path + length - 4, "-shm") == 0))
        return NULL;
    if (length > 5 && (strcmp(path + length - 5, ".lock") == 0))
        return NULL;
    return path;
}

static const char *watched(int fd, char *buffer, size_t size) {
    char link[64];
    ssize_t length;
    if (log_fd < 0 || fd == log_fd)
        return NULL;
    snprintf(link, sizeof link, "/proc/self/fd/%d", fd);
    length = readlink(link, buffer, size - 1);
    if (length <= 0)
        return NULL;
    buffer[length] = 0;
    return watched_path(buffer);
}

static void put(uint32_t kind, const char *path, uint64_t offset, const void *data, uint64_t length) {
    struct record record = {kind, (uint32_t)strlen(path), offset, length};
    struct iovec parts[3] = {{&record, sizeof record}, {(void *)path, record.path_length}, {(void *)data, length}};
    if (syscall(SYS_writev, log_fd, parts, length ? 3 : 2) < 0)
        abort(); /* a log with a hole would prove nothing */
}

static ssize_t log_pwrite(int fd, const void *data, size_t size, off_t offset) {
    char buffer[4096];
    const char *path;
    ssize_t written;
    if (!(path = watched(fd, buffer, sizeof buffer)))
        return syscall(SYS_pwrite64, fd, data, size, offset);
    pthread_mutex_lock(&order);
    written = syscall(SYS_pwrite64, fd, data, size, offset);
    if (written > 0)
        put(WRITE, path, (uint64_t)offset, data, (uint64_t)written);
    pthread_mutex_unlock(&order);
    return written;
}

ssize_t pwrite(int fd, const void *data, size_t size, off_t offset) { return log_pwrite(fd, data, size, offset); }
ssize_t pwrite64(int fd, const void *data, size_t size, off64_t offset) { return log_pwrite(fd, data, size, offset); }

ssize_t write(int fd, const void *data, size_t size) {
    char buffer[4096];
    const char *path;
    ssize_t written;
    off_t offset;
    if (!(path = watched(fd, buffer, sizeof buffer)))
        return syscall(SYS_write, fd, data, size);
    pthread_mutex_lock(&order);
    offset = lseek(fd, 0, SEEK_CUR);
    written = syscall(SYS_write, fd, data, size);
    if (written > 0 && offset >= 0)
        put(WRITE, path, (uint64_t)offset, data, (uint64_t)written);
    pthread_mutex_unlock(&order);
    return written;
}

static int log_truncate(int fd, off_t length) {
    char buffer[4096];
    const char *path;
    int result;
    if (!(path = watched(fd, buffer, sizeof buffer)))
        return (int)syscall(SYS_ftruncate, fd, length);
    pthread_mutex_lock(&order);
    result = (int)syscall(SYS_ftruncate, fd, length);
    if (result == 0)
        put(TRUNCATE, path, (uint64_t)length, NULL, 0);
    pthread_mutex_unlock(&order);
    return result;
}

int ftruncate(int fd, off_t length) { return log_truncate(fd, length); }
int ftruncate64(int fd, off64_t length) { return log_truncate(fd, length); }

int unlink(const char *path) {
    int result;
    if (log_fd < 0 || !watched_path(path))
        return (int)syscall(SYS_unlinkat, AT_FDCWD, path, 0);
    pthread_mutex_lock(&order);
    result = (int)syscall(SYS_unlinkat, AT_FDCWD, path, 0);
    if (result == 0)
        put(UNLINK, path, 0, NULL, 0);
    pthread_mutex_unlock(&order);
    return result;
}

static int flush(int fd) {
    char buffer[4096];
    struct stat status;
    struct timespec pause;
    const char *path;
    uint64_t number = 0;
    if (fstat(fd, &status) != 0)
        return -1;
    if ((path = watched(fd, buffer, sizeof buffer))) {
        pthread_mutex_lock(&order);
        number = ++syncs;
        put(SYNC_BEGIN, path, number, NULL, 0);
        pthread_mutex_unlock(&order);
    }
    pthread_mutex_lock(&card);
    if (count)
        ++*count;
    if (flush_us > 0) {
        pause.tv_sec = flush_us / 1000000;
        pause.tv_nsec = flush_us % 1000000 * 1000;
        while (clock_nanosleep(CLOCK_MONOTONIC, 0, &pause, &pause) == EINTR)
            ;
    }
    pthread_mutex_unlock(&card);
    if (path) {
        pthread_mutex_lock(&order);
        put(SYNC_END, path, number, NULL, 0);
        pthread_mutex_unlock(&order);
    }
    return 0;
}

int fsync(int fd) { return flush(fd); }
int fdatasync(int fd) { return flush(fd); }
