#include "sources/files/file_places.hpp"

#include <sys/stat.h>

#include <algorithm>
#include <array>
#include <chrono>
#include <optional>
#include <span>
#include <utility>

#include "proto/wire.h"
#include "sources/files/rotated_files.hpp"

namespace enrichd {
namespace {

/// So long after its last change nobody writes into a file that was rotated.
constexpr std::chrono::seconds rest = std::chrono::seconds(3);

bool is_away(const error& failure) {
    return failure == boost::system::errc::no_such_file_or_directory ||
           failure == boost::system::errc::not_a_directory;
}

/// Null when it is away.
result<std::shared_ptr<OpenFile>> open_if_there(const std::string& path) {
    auto file = OpenFile::open(path);
    if (!file && is_away(file.error())) return std::shared_ptr<OpenFile>();
    return file;
}

bool same_inode(const OpenFile& file, std::uint64_t device, std::uint64_t inode) {
    return file.device() == device && file.inode() == inode;
}

/// Where an earlier reading of this file stopped, else its beginning. A file that is shorter than what was
/// read is another one, though it begins with the same line.
std::uint64_t known_offset(OpenFile& file, const FileHistory& history) {
    for (const FilePosition& known : history)
        if (file.is(known.identity) && file.size().value_or(known.offset) >= known.offset)
            return known.offset;
    return 0;
}

/// A longer line is none that is taken.
constexpr std::uint64_t longest_line = std::uint64_t{8} * WIRE_MAX_ALERT;

/// The last line may be half written: where it begins.
std::uint64_t line_start_before(OpenFile& file, const std::uint64_t end_of_file) {
    std::array<char, 4096> block;
    std::uint64_t offset = end_of_file;
    while (offset > 0) {
        if (end_of_file - offset > longest_line) return end_of_file;
        const std::uint64_t from = offset - std::min<std::uint64_t>(offset, block.size());
        const auto size = static_cast<std::size_t>(offset - from);
        const auto got = file.read(from, std::span(block).first(size));
        if (!got || *got < size) break;
        const auto end = std::string_view(block.data(), size).rfind('\n');
        if (end != std::string_view::npos) return from + end + 1;
        offset = from;
    }
    return offset;
}

FilePlace first_ever(std::shared_ptr<OpenFile> file, FilesBegin begin, std::uint64_t written_since) {
    FilePlace place;
    place.file = std::move(file);
    if (place.file && begin == FilesBegin::end)
        place.offset =
            line_start_before(*place.file, std::min(written_since, place.file->size().value_or(0)));
    return place;
}

bool has_inode(const RotatedFile& file, const FileIdentity& wanted) {
    return file.device == wanted.device && file.inode == wanted.inode;
}

/// Which of the rotated files it is, as it was or compressed. `changed`: one that was listed is away by now,
/// so another list may have it. Errors: of opening the file that may be it; of others it is another.
result<std::optional<std::size_t>> find(const std::vector<RotatedFile>& rotated, const FilePosition& position,
                                        bool& changed) {
    const FileIdentity& wanted = position.identity;
    error unreadable;
    const auto is_wanted = [&](const RotatedFile& one) {
        const auto file = OpenFile::open(one.path);
        if (file) return (*file)->is(wanted);
        changed = changed || is_away(file.error());
        const bool may_be_it = has_inode(one, wanted) || one.path == position.path;
        if (may_be_it && !is_away(file.error()) && file.error() != errc::file_damaged)
            unreadable = file.error();
        return false;
    };
    for (const bool by_inode : {true, false})
        for (std::size_t i = rotated.size(); i > 0; --i)
            if (has_inode(rotated[i - 1], wanted) == by_inode && is_wanted(rotated[i - 1]))
                return std::optional(i - 1);
    if (unreadable) return unreadable;
    return std::optional<std::size_t>();
}

std::uint64_t sizes_after(const std::vector<RotatedFile>& rotated, const FileIdentity& current,
                          const FileLook& name) {
    std::uint64_t sum = 0;
    for (auto one = rotated.rbegin(); one != rotated.rend(); ++one) {
        if (one->device == current.device && one->inode == current.inode) return sum;
        if (one->device != name.name_device || one->inode != name.name_inode) sum += one->size;
    }
    return 0;
}

result<FilePlace> with_identity(result<FilePlace> place) {
    if (!place || !place->file) return place;
    place->written = WallTime(place->file->written());
    auto identity = place->file->identity();
    if (identity) {
        place->identity = *std::move(identity);
    } else if (identity.error() == errc::file_damaged) {  // whoever reads it finds that out, and gives it up
        place->identity.device = place->file->device();
        place->identity.inode = place->file->inode();
    } else {
        return identity.error();
    }
    return place;
}

/// Files that are rotated or compressed meanwhile change their names: then it is looked again.
constexpr int most_looks = 5;

const error look_again = make_error_code(boost::system::errc::resource_unavailable_try_again);

/// Null when it has another name by now: then there is another list of them.
result<std::shared_ptr<OpenFile>> open_rotated(const RotatedFile& one) {
    auto file = open_if_there(one.path);
    if (file && *file && !same_inode(**file, one.device, one.inode)) return std::shared_ptr<OpenFile>();
    return file;
}

/// The first of the rotated files that was written after the file that was read last, else the present one.
/// (The time at which the position was saved says nothing: a daemon that is days behind saves it now.)
result<FilePlace> after_last(std::shared_ptr<OpenFile> present, const std::vector<RotatedFile>& rotated,
                             const FileHistory& history) {
    FilePlace place;
    const FilePosition& last = history.front();
    for (const RotatedFile& one : rotated) {
        const bool is_present = present && same_inode(*present, one.device, one.inode);
        // Empty when its position was saved, it was written since, whatever a clock that was set back says.
        const bool is_last = last.identity.head_size == 0 && has_inode(one, last.identity);
        const bool is_earlier = one.written < last.written.time_since_epoch();
        if (is_present || (is_earlier && !is_last)) continue;
        auto file = open_rotated(one);
        if (!file) return file.error();
        if (!*file) return look_again;
        place.file = *std::move(file);
        break;
    }
    if (!place.file) place.file = std::move(present);
    if (place.file) place.offset = known_offset(*place.file, history);
    return place;
}

result<FilePlace> find_first(const std::string& name, const FileHistory& history, FilesBegin begin,
                             std::uint64_t written_since, int look = 1) {
    auto present = open_if_there(name);
    if (!present) return present.error();
    if (history.empty()) return first_ever(*std::move(present), begin, written_since);

    const FilePosition& last = history.front();
    const auto rotated = rotated_files(name);
    if (!rotated) return rotated.error();
    // It was absent or empty: nothing of it was read, so nothing of it has to be found.
    if (last.identity.head_size == 0) return after_last(*std::move(present), *rotated, history);

    FilePlace place;
    place.offset = last.offset;
    place.resumed = true;
    const bool long_enough = *present && (*present)->size().value_or(last.offset) >= last.offset;
    if (long_enough && (*present)->is(last.identity)) {
        place.file = *std::move(present);
        return place;
    }
    const bool truncated = *present && (*present)->has_inode_of(last.identity);
    bool changed = false;
    const auto found_at = find(*rotated, last, changed);
    if (!found_at) return found_at.error();
    const std::optional<std::size_t> at = *found_at;
    if (!at && changed && look < most_looks) return find_first(name, history, begin, written_since, look + 1);
    if (at && !(*present && same_inode(**present, (*rotated)[*at].device, (*rotated)[*at].inode))) {
        auto found = OpenFile::open((*rotated)[*at].path);
        if (!found) return is_away(found.error()) ? look_again : found.error();
        if (!(*found)->is(last.identity)) return look_again;
        place.file = *std::move(found);
        place.offset = std::min(last.offset, place.file->size().value_or(last.offset));
        place.truncated = truncated;
        return place;
    }
    if (truncated) {
        FilePlace anew;
        anew.file = *std::move(present);
        anew.truncated = true;
        return anew;
    }
    auto later = after_last(*std::move(present), *rotated, history);
    if (later) later->gap = true;
    return later;
}

result<FilePlace> find_next(const std::string& name, const FilePosition& current,
                            std::chrono::seconds written, const FileHistory& history, int look = 1) {
    auto present = open_if_there(name);
    if (!present) return present.error();
    const FileIdentity& identity = current.identity;
    if (*present && (*present)->has_inode_of(identity)) return FilePlace{};

    const auto rotated = rotated_files(name);
    if (!rotated) return rotated.error();
    bool changed = false;
    const auto found_at = find(*rotated, current, changed);
    if (!found_at) return found_at.error();
    const std::optional<std::size_t> at = *found_at;
    if (!at && changed && look < most_looks) return find_next(name, current, written, history, look + 1);
    for (std::size_t i = at ? *at + 1 : 0; i < rotated->size(); ++i) {
        const bool earlier = (*rotated)[i].written < written || has_inode((*rotated)[i], identity);
        if (!at && earlier) continue;  // it is gone: those that came after it
        auto file = open_rotated((*rotated)[i]);
        if (!file) return file.error();
        if (!*file && look < most_looks) return find_next(name, current, written, history, look + 1);
        if (!*file) return look_again;
        if (*present && same_inode(**file, (*present)->device(), (*present)->inode())) continue;
        FilePlace place;
        place.offset = known_offset(**file, history);
        place.file = *std::move(file);
        return place;
    }
    FilePlace place;
    place.file = *std::move(present);
    if (place.file) place.offset = known_offset(*place.file, history);
    return place;
}

}  // namespace

result<FilePlace> first_place(const std::string& name, const FileHistory& history, FilesBegin begin,
                              std::uint64_t written_since) {
    return with_identity(find_first(name, history, begin, written_since));
}

result<FilePlace> next_place(const std::string& name, const FilePosition& current,
                             std::chrono::seconds written, const FileHistory& history) {
    return with_identity(find_next(name, current, written, history));
}

FileLook look_at_file(const std::string& name, const std::shared_ptr<OpenFile>& current,
                      const FileIdentity& identity, std::uint64_t offset) {
    FileLook look;
    struct stat status {};
    if (::stat(name.c_str(), &status) == 0) {
        look.there = true;
        look.name_device = status.st_dev;
        look.name_inode = status.st_ino;
        look.name_size = static_cast<std::uint64_t>(status.st_size);
    } else if (const error failure = last_error(); !is_away(failure)) {
        look.failure = failure;
    }
    if (!current) {
        look.lag = look.name_size;
        return look;
    }
    look.is_current = look.there && same_inode(*current, look.name_device, look.name_inode);
    const auto size = current->size();
    look.rewritten = size && (*size < offset || !current->is(identity));
    look.at_rest = current->compressed() || current->age() >= rest;
    look.identity = identity;
    if (!look.rewritten && identity.head_size < FileIdentity::longest_head) {
        if (auto grown = current->identity()) look.identity = *std::move(grown);
    }
    look.size = size.value_or(0);
    look.written = WallTime(current->written());
    look.lag = size.value_or(offset) - std::min(offset, size.value_or(offset));
    if (look.is_current || look.failure) return look;
    look.lag += look.name_size;
    if (const auto rotated = rotated_files(name)) look.lag += sizes_after(*rotated, identity, look);
    return look;
}

}  // namespace enrichd
