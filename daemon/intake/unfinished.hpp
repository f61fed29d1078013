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
        std::string bytes;  // as they came; nothing when it is set aside
        Destination destination;
        const Job* job;      // null when its trip has ended without finishing it
        Progress last{};     // then how far it had come
        bool aside = false;  // it waits for OTX, whose line has a bound of its own

        const Progress& progress() const { return job ? job->progress : last; }

        /// What a restart needs: of what is set aside only the little that is still of use.
        std::string text() const { return aside && job ? brief(job->alert) : bytes; }
    };
    using Handle = std::list<Entry>::iterator;

    /// Beyond this the sender is told that we are busy, and spools.
    bool full() const { return entries_.size() - aside_ >= max_alerts || bytes_ >= max_bytes; }

    Handle add(std::uint64_t id, std::string_view bytes, const Job& job) {
        bytes_ += bytes.size();
        return entries_.insert(entries_.end(), {id, std::string(bytes), job.destination, &job});
    }
    /// It may wait for hours: from here on it does not count.
    void set_aside(Handle entry) {
        bytes_ -= entry->bytes.size();
        std::string().swap(entry->bytes);  // an assignment would keep the memory
        entry->aside = true;
        ++aside_;
    }
    /// Its job goes and is not finished.
    static void leave(Handle entry) {
        entry->bytes = entry->text();
        entry->last = entry->progress();
        entry->job = nullptr;
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
