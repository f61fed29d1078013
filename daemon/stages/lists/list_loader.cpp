#include "stages/lists/list_loader.hpp"

#include <exception>
#include <memory>
#include <new>
#include <type_traits>
#include <utility>

#include "base/read_file.hpp"
#include "net/gzip.hpp"
#include "stages/lists/read_list.hpp"

namespace enrichd::list_loader {
namespace {

bool is_gzip(std::string_view text) {
    return text.starts_with("\x1f\x8b");
}

error unpack(std::string& text) {
    if (!is_gzip(text)) return {};
    auto unpacked = gunzip(text, max_list_bytes);
    if (!unpacked) return unpacked.error();
    text = *std::move(unpacked);
    return {};
}

/// It runs in a thread, which must not end by an exception.
template <class Work>
std::invoke_result_t<Work> caught(Work work) {
    try {
        return work();
    } catch (const std::bad_alloc&) {
        return make_error_code(boost::system::errc::not_enough_memory);
    } catch (const std::exception&) {
        return errc::list_binary;
    }
}

/// Whether there were names before, in use or in the copy of an earlier run.
bool had_names(const ListConfig& config, const CopyFile& copy, const LoadedListPtr& before) {
    if (before) return before->read->index->size() > 0;
    if (copy.path.empty()) return false;
    const auto kept = ListCopy::read(copy.path);
    return kept && kept->from == config.from && read_list(kept->text, config).has_value();
}

/// A list that is empty from the beginning is one.
result<LoadedListPtr> read(const ListConfig& config, std::string_view text, const CopyFile& copy,
                           const LoadedListPtr& before, WallTime since) {
    auto read = read_list(text, config);
    if (!read && read.error() != errc::list_empty) return read.error();
    if (!read && had_names(config, copy, before)) return read.error();
    auto list = std::make_shared<LoadedList>();
    list->config = config;
    list->since = since;
    if (read)
        list->read = std::make_shared<const ReadList>(*std::move(read));
    else
        list->read = std::make_shared<const ReadList>(ListBuilder(config, config.format).finish());
    return LoadedListPtr(std::move(list));
}

error write(const CopyFile& file, const ListCopy& copy) {
    if (file.path.empty() || (file.abandoned && *file.abandoned)) return {};
    return copy.write(file.path);
}

}  // namespace

result<Fresh> load_file(ListConfig config, CopyFile copy, LoadedListPtr before) {
    return caught([&]() -> result<Fresh> {
        const auto state = state_of(config.from);
        if (!state) return state.error();
        auto text = read_file_up_to(config.from, max_list_bytes);
        if (!text) return text.error();
        const auto state_after = state_of(config.from);
        if (!state_after || *state_after != *state) return errc::file_rewritten;
        if (const error failure = unpack(*text)) return failure;
        const WallTime written = state->written;
        auto list = read(config, *text, copy, before, written);
        if (!list) return list.error();
        Fresh fresh{*std::move(list), *state};
        fresh.copy_failure = write(copy, {config.from, {}, {}, written, *std::move(text)});
        return fresh;
    });
}

result<Fresh> load_download(ListConfig config, CopyFile file, ListCopy copy, LoadedListPtr before) {
    return caught([&]() -> result<Fresh> {
        if (const error failure = unpack(copy.text)) return failure;
        auto list = read(config, copy.text, file, before, copy.since);
        if (!list) return list.error();
        Fresh fresh{*std::move(list)};
        fresh.copy_failure = write(file, copy);
        return fresh;
    });
}

result<FromCopy> load_copy(ListConfig config, CopyFile file) {
    return caught([&]() -> result<FromCopy> {
        auto copy = ListCopy::read(file.path);
        if (!copy) return copy.error();
        if (copy->from != config.from) return errc::list_empty;
        auto list = read(config, copy->text, {}, nullptr, copy->since);
        if (!list) return list.error();
        return FromCopy{*std::move(list), std::move(copy->etag), std::move(copy->last_modified)};
    });
}

}  // namespace enrichd::list_loader
