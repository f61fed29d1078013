// Alerts that were acknowledged and are not finished. They live in memory; at a clean stop they go into the
// spool.
#pragma once

#include <cstdint>
#include <list>
#include <string>
#include <string_view>

#include "policy/first_contact.hpp"

namespace enrichd {

class Unfinished {
  public:
    static constexpr std::size_t max_alerts = 20'000;
    static constexpr std::size_t max_bytes = 128 * 1024 * 1024;

    struct Entry {
        std::uint64_t id;
        std::string alert;   // the bytes as they came
        const Asked* asked;  // of the job; null when its trip ended without finishing it
    };
    using Handle = std::list<Entry>::iterator;

    /// Beyond this the sender is told that we are busy, and spools.
    bool full() const { return entries_.size() >= max_alerts || bytes_ >= max_bytes; }

    Handle add(std::uint64_t id, std::string_view alert, const Asked& asked) {
        bytes_ += alert.size();
        return entries_.insert(entries_.end(), {id, std::string(alert), &asked});
    }
    void remove(Handle entry) {
        bytes_ -= entry->alert.size();
        entries_.erase(entry);
    }

    const std::list<Entry>& entries() const { return entries_; }
    std::size_t size() const { return entries_.size(); }

  private:
    std::list<Entry> entries_;  // in order of arrival
    std::size_t bytes_ = 0;
};

}  // namespace enrichd
