// A file that is open for reading, plain or compressed by gzip.
#pragma once

#include <chrono>
#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <utility>

#include "base/fd.hpp"
#include "base/result.hpp"
#include "store/positions.hpp"

struct gzFile_s;

namespace enrichd {

/// All but read_now() blocks. One at a time uses it.
class OpenFile {
  public:
    /// Errors: those of open(2); file_not_regular.
    static result<std::shared_ptr<OpenFile>> open(const std::string& path);

    explicit OpenFile(std::string path) : path_(std::move(path)) {}
    OpenFile(const OpenFile&) = delete;
    OpenFile& operator=(const OpenFile&) = delete;
    ~OpenFile();

    const std::string& path() const { return path_; }
    int descriptor() const { return file_.get(); }
    std::uint64_t device() const { return device_; }
    std::uint64_t inode() const { return inode_; }
    bool compressed() const { return packed_ != nullptr; }

    /// Its text from an offset; nothing at its end. Errors: of read(2); file_damaged.
    result<std::size_t> read(std::uint64_t offset, std::span<char> to);

    /// The same from the page cache. Nothing when that is not enough, or the file system has no such call.
    std::optional<result<std::size_t>> read_now(std::uint64_t offset, std::span<char> to) const;

    /// Of a plain file, now. Nothing of a compressed one.
    std::optional<std::uint64_t> size() const;

    /// When it was written last, as Unix time; 0 when that is not known.
    std::chrono::seconds written() const;
    /// How long ago it was written last; 0 when that lies ahead.
    std::chrono::seconds age() const;

    /// With the head as far as it is written.
    result<FileIdentity> identity();

    /// Whether it has the inode of that file, and no new file has it since.
    bool has_inode_of(const FileIdentity& known) const;

    /// Whether it is the file that had this identity.
    bool is(const FileIdentity& known);

    /// The same two of a plain file by the page cache. Nothing when that is not enough.
    std::optional<FileIdentity> identity_now() const;
    std::optional<bool> begins_now(const FileIdentity& known) const;

    /// Keeps other processes from following it. Error: file_followed_already.
    error lock() const;

  private:
    result<std::size_t> unpack(std::uint64_t offset, std::span<char> to);
    result<std::string> head(std::size_t size);
    std::optional<std::string> head_now(std::size_t size) const;

    std::string path_;
    Fd file_;
    gzFile_s* packed_ = nullptr;  // reads file_ by a descriptor of its own
    std::uint64_t device_ = 0;
    std::uint64_t inode_ = 0;
    std::int64_t created_ = 0;
};

}  // namespace enrichd
