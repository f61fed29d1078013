// Fetches a list that is more than one file: the present text is put together from several answers and from
// what was kept.
#pragma once

#include <atomic>
#include <memory>
#include <optional>
#include <string>

#include "base/blocking_calls.hpp"
#include "stages/lists/list_copy.hpp"
#include "stages/lists/list_download.hpp"

namespace enrichd {

/// What fetching needs. All that is referred to outlives the call.
struct ListFetch {
    asio::io_context& io;
    Lookup& lookup;
    HttpClient& http;  // to the list's own server
    BlockingCalls& blocking;
    ListConfig config;
    KnownVersion known;                                    // of the list in use; empty: there is none
    std::string copy;                                      // where the last good copy is; empty: nowhere
    std::shared_ptr<const std::atomic<bool>> abandoned{};  // the list was taken out: then it ends soon
    bool now = false;                                      // an operator asked: all of it is fetched

    bool ended() const { return abandoned && *abandoned; }
};

/// The last good copy of a list that is put together; without text when there is none. Errors: it cannot be
/// read now.
task<result<ListCopy>> kept_entries(ListFetch fetch);

/// SANS ISC: the list of today, and once each the lists of the days before, back to `new_for` or a week.
/// What was kept of earlier days stays. Errors as for download(), of reading, and those of read_isc.
task<std::optional<Download>> fetch_isc(ListFetch fetch, DownloadFailure& failure);

/// MISP: all attributes once a day, and what has changed in between, in pages. Errors as for download(), of
/// reading, and those of read_misp.
task<std::optional<Download>> fetch_misp(ListFetch fetch, DownloadFailure& failure);

/// By the format of the list.
task<std::optional<Download>> fetch_list(ListFetch fetch, DownloadFailure& failure);

}  // namespace enrichd
