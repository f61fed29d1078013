#include "stages/lists/list_fetch.hpp"

#include <utility>

#include "stages/lists/list_copy.hpp"
#include "stages/lists/list_entries.hpp"

namespace enrichd {

task<std::string> kept_entries(ListFetch fetch) {
    if (fetch.copy.empty()) co_return std::string();
    auto read = [copy = fetch.copy, from = fetch.config.from] {
        auto kept = ListCopy::read(copy);
        const bool usable = kept && kept->from == from && is_entries(kept->text);
        return usable ? std::move(kept->text) : std::string();
    };
    auto text = co_await fetch.blocking.run(std::move(read), Clock::now() + longest_download);
    co_return text ? *std::move(text) : std::string();
}

task<std::optional<Download>> fetch_list(ListFetch fetch, DownloadFailure& failure) {
    if (fetch.config.format == ListFormat::isc) co_return co_await fetch_isc(std::move(fetch), failure);
    if (fetch.config.format == ListFormat::misp) co_return co_await fetch_misp(std::move(fetch), failure);
    co_return co_await download(fetch.io, fetch.lookup, fetch.http, fetch.config, fetch.known, failure);
}

}  // namespace enrichd
