// Alerts that were acknowledged and are not finished. They live in memory; at a clean stop they go into the
// spool.
#pragma once

#include <cstdint>
#include <list>
#include <string>
#include <string_view>

#include "enrich/job.hpp"

namespace enrichd {

class Unfinished {
  public:
    static constexpr std::size_t max_alerts = 20'000;
    static constexpr std::size_t max_bytes = 128 * 1024 * 1024;

    struct Entry {
        std::uint64_t id;
        std::string bytes;  // as they came, or brief when it is set aside
        Destination destination;
        const Progress* progress;  // of its job, or `last`
        Progress last{};           // when the job's trip ended without finishing it
        bool aside = false;        // it waits for OTX, whose line has a bound of its own
    };
    using Handle = std::list<Entry>::iterator;

    /// Beyond this the sender is told that we are busy, and spools.
    bool full() const { return entries_.size() - aside_ >= max_alerts || bytes_ >= max_bytes; }

    Handle add(std::uint64_t id, std::string_view bytes, const Job& job) {
        bytes_ += bytes.size();
        return entries_.insert(entries_.end(), {id, std::string(bytes), job.destination, &job.progress});
    }
    /// It may wait for hours: from here on it is kept as the little that is still needed, and does not count.
    void set_aside(Handle entry, std::string brief) {
        bytes_ -= entry->bytes.size();
        entry->bytes = std::move(brief);
        entry->aside = true;
        ++aside_;
    }
    /// Its job goes and is not finished.
    static void leave(Handle entry) {
        entry->last = *entry->progress;
        entry->progress = &entry->last;
    }
    void remove(Handle entry) {
        if (entry->aside)
            --aside_;
        else
            bytes_ -= entry->bytes.size();
        entries_.erase(entry);
    }

    const std::list<Entry>& entries() const { return entries_; }
    std::size_t size() const { return entries_.size(); }

  private:
    std::list<Entry> entries_;  // in order of arrival
    std::size_t aside_ = 0;
    std::size_t bytes_ = 0;  // without those set aside
};

}  // namespace enrichd
