#include "stages/lists/list_fetch.hpp"

#include <optional>
#include <utility>

#include "stages/lists/list_entries.hpp"

namespace enrichd {

task<result<ListCopy>> kept_entries(ListFetch fetch) {
    if (fetch.copy.empty()) co_return ListCopy();
    auto read = [copy = fetch.copy, from = fetch.config.from]() -> result<ListCopy> {
        auto kept = ListCopy::read(copy);
        const bool none = !kept && (kept.error() == boost::system::errc::no_such_file_or_directory ||
                                    kept.error() == errc::body_not_json);
        if (!kept && !none) return kept.error();
        if (none || kept->from != from || !is_entries(kept->text)) return ListCopy();
        return kept;
    };
    co_return co_await fetch.blocking.run(std::move(read), Clock::now() + longest_download);
}

task<std::optional<Download>> fetch_list(ListFetch fetch, DownloadFailure& failure) {
    if (fetch.config.format == ListFormat::isc) co_return co_await fetch_isc(std::move(fetch), failure);
    if (fetch.config.format == ListFormat::misp) co_return co_await fetch_misp(std::move(fetch), failure);
    co_return co_await download(fetch.io, fetch.lookup, fetch.http, fetch.config, fetch.known, failure);
}

}  // namespace enrichd
