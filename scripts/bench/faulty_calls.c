/* Calls to the file system that fail when asked to, and a record of those that were made.
 *
 * Preloaded by faults.py. Only files below the folder in FAULT_FOLDER are watched.
 * fault_arm(n, code, half) lets the n-th watched call from now on fail with `code`; with `half`
 * a failing write first writes half of its bytes. fault_count() says how many there were.
 */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/types.h>
#include <unistd.h>

static long armed, seen;
static int code, halved, record = -1;

void fault_arm(long n, int with, int half) { armed = n; seen = 0; code = with; halved = half; }
long fault_count(void) { return seen; }

static const char *folder(void) { const char *f = getenv("FAULT_FOLDER"); return f ? f : "\1"; }
static int is_ours(const char *path) { return path && strncmp(path, folder(), strlen(folder())) == 0; }
static int fails(void) { return ++seen == armed ? (errno = code, 1) : 0; }
#define REAL(name) static __typeof__(name) *real; if (!real) real = dlsym(RTLD_NEXT, #name)

static void path_of(int fd, char *path) {
    char link[64];
    snprintf(link, sizeof link, "/proc/self/fd/%d", fd);
    ssize_t length = readlink(link, path, PATH_MAX - 1);
    path[length > 0 ? length : 0] = 0;
}

static void note(const char *what, const char *path, const char *other, const void *data, size_t n) {
    static __typeof__(write) *real;
    if (!real) real = dlsym(RTLD_NEXT, "write");
    const char *log = getenv("FAULT_LOG");
    if (!log) return;
    if (record < 0) {
        static int (*opening)(const char *, int, ...);
        opening = dlsym(RTLD_NEXT, "open");
        record = opening(log, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0600);
    }
    char line[2 * PATH_MAX];
    int length = snprintf(line, sizeof line, "%s\t%s\t%s\t", what, path, other);
    if (real(record, line, length) < 0) return;
    for (size_t i = 0; i < n; i++) {
        char hex[3];
        snprintf(hex, sizeof hex, "%02x", ((const unsigned char *)data)[i]);
        if (real(record, hex, 2) < 0) return;
    }
    if (real(record, "\n", 1) < 0) return;
}

#define OPENING(name)                                                              \
    int name(const char *path, int flags, ...) {                                   \
        static int (*real)(const char *, int, ...);                                \
        if (!real) real = dlsym(RTLD_NEXT, #name);                                 \
        va_list rest; va_start(rest, flags); int mode = va_arg(rest, int); va_end(rest); \
        if (!is_ours(path)) return real(path, flags, mode);                        \
        if (fails()) return -1;                                                    \
        int handle = real(path, flags, mode);                                      \
        if (handle >= 0 && flags & O_CREAT) note("create", path, "", 0, 0);        \
        return handle;                                                             \
    }
OPENING(open)
OPENING(open64)

#define WRITING(name, TAIL_TYPES, TAIL)                                            \
    ssize_t name(int fd, const void *data, size_t n TAIL_TYPES) {                  \
        static ssize_t (*real)(int, const void *, size_t TAIL_TYPES);              \
        if (!real) real = dlsym(RTLD_NEXT, #name);                                 \
        char path[PATH_MAX]; path_of(fd, path);                                    \
        if (!is_ours(path)) return real(fd, data, n TAIL);                         \
        if (fails()) {                                                             \
            if (halved && n > 1) { ssize_t w = real(fd, data, n / 2 TAIL); (void)w; }   \
            errno = code; return -1;                                               \
        }                                                                          \
        ssize_t done = real(fd, data, n TAIL);                                     \
        if (done > 0) note("write", path, "", data, done);                         \
        return done;                                                               \
    }
#define COMMA ,
WRITING(write, , )
WRITING(pwrite, COMMA off_t at, COMMA at)
WRITING(pwrite64, COMMA off64_t at, COMMA at)

#define ON_HANDLE(name, what)                                                      \
    int name(int fd) {                                                             \
        REAL(name);                                                                \
        char path[PATH_MAX]; path_of(fd, path);                                    \
        if (!is_ours(path)) return real(fd);                                       \
        if (fails()) return -1;                                                    \
        int result = real(fd);                                                     \
        if (!result) note(what, path, "", 0, 0);                                   \
        return result;                                                             \
    }
ON_HANDLE(fsync, "sync")
ON_HANDLE(fdatasync, "sync")

int fchmod(int fd, mode_t mode) {
    REAL(fchmod);
    char path[PATH_MAX]; path_of(fd, path);
    return is_ours(path) && fails() ? -1 : real(fd, mode);
}
int ftruncate64(int fd, off64_t length) {
    REAL(ftruncate64);
    char path[PATH_MAX]; path_of(fd, path);
    return is_ours(path) && fails() ? -1 : real(fd, length);
}
int rename(const char *from, const char *to) {
    REAL(rename);
    if (!is_ours(from)) return real(from, to);
    if (fails()) return -1;
    int result = real(from, to);
    if (!result) note("rename", from, to, 0, 0);
    return result;
}
int mkdir(const char *path, mode_t mode) {
    REAL(mkdir);
    return is_ours(path) && fails() ? -1 : real(path, mode);
}
int unlink(const char *path) {
    REAL(unlink);
    int result = real(path);
    if (!result && is_ours(path)) note("unlink", path, "", 0, 0);
    return result;
}
