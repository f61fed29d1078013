// What the daemon asks of the kernel about its files and sockets, seen by a simulation before it is done.
// Linked into a program, it takes the place of the C library's functions; without an object of this class
// they do what they always do.
#pragma once

#include <string>
#include <string_view>
#include <unordered_map>
#include <utility>
#include <vector>

namespace enrichd::test::simulation {

enum class SystemCall { open, read, write, truncate, sync, rename, unlink, send };

std::string_view label(SystemCall call);

/// One at a time.
class SystemCalls {
  public:
    /// Files below `directory` are seen, and all sockets.
    explicit SystemCalls(std::string directory);
    SystemCalls(const SystemCalls&) = delete;
    SystemCalls& operator=(const SystemCalls&) = delete;
    virtual ~SystemCalls();

    /// The error with which it fails, or 0. `path` is below the directory, or empty for a socket.
    virtual int fails(SystemCall call, std::string_view path) = 0;

    /// A file was changed, synced or removed: then there is no descriptor.
    virtual void done(SystemCall call, const std::string& path, int descriptor) = 0;

    /// For as long as it lives what is asked is not the daemon's.
    class Own {
      public:
        explicit Own(SystemCalls& calls) : calls_(calls) { ++calls_.own_; }
        ~Own() { --calls_.own_; }
        Own(const Own&) = delete;
        Own& operator=(const Own&) = delete;

      private:
        SystemCalls& calls_;
    };

    // for the functions of the C library
    static SystemCalls* current() { return current_; }
    bool sees(std::string_view path) const { return own_ == 0 && path.starts_with(directory_); }
    bool sees_sockets() const { return own_ == 0; }
    void opened(int descriptor, std::string path) { files_[descriptor] = std::move(path); }
    void closed(int descriptor) { files_.erase(descriptor); }
    const std::string* file(int descriptor) const;
    bool first_arming(int timer) { return std::exchange(timer_, timer) != timer; }
    void forget_timer() { timer_ = -1; }

    /// Closing an inotify descriptor waits for the kernel, for as long as a run takes: instead of that it is
    /// emptied and given out again. The descriptor, or -1 when there is none to be had.
    static int unused_inotify();
    static void begins_inotify(int inotify) { inotifies_[inotify] = {}; }
    static void watches(int inotify, int watch) { inotifies_[inotify].watches.push_back(watch); }
    static void polls(int epoll, int descriptor);
    /// Whether it is one, which is kept for the next who wants one.
    static bool keeps_inotify(int descriptor);

  private:
    static inline constinit SystemCalls* current_ = nullptr;
    struct Inotify {
        std::vector<int> watches{};
        int epoll = -1;
    };
    static inline std::unordered_map<int, Inotify> inotifies_{};  // those in use
    static inline std::vector<int> unused_inotifies_{};
    const std::string directory_;
    std::unordered_map<int, std::string> files_;
    int own_ = 0;
    int timer_ = -1;
};

}  // namespace enrichd::test::simulation
