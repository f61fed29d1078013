// How the source of an alert hears what became of it.
#pragma once

#include <cstdint>
#include <memory>
#include <string_view>
#include <utility>

#include "base/counters.hpp"
#include "model/event.hpp"
#include "pipeline/dedup_window.hpp"

namespace enrichd {

/// What a source has taken in.
struct SourceCounts {
    std::string_view source;             // its name, which lives for ever
    bool brings_all = false;             // also our own events and what asks for nothing: these do not count
    std::uint64_t received = 0;          // alerts taken, or refused for good: each once
    std::uint64_t active_responses = 0;  // of these
    std::uint64_t duplicates = 0;        // their content was seen before
    Counters rejected;                   // by what is wrong with them, or with how they came

    void count_received(Destination destination) {
        ++received;
        if (destination == Destination::active_response) ++active_responses;
    }
};

/// The part of a source that waits for one alert.
class Receiver {
  public:
    virtual ~Receiver() = default;

    /// Safe: it is finished, or in the state file. Else the source has to keep it, and to bring it again.
    virtual void settled(bool safe) = 0;
};

/// Settles an alert once. One that is dropped is not safe. An empty one is for an alert that is in the state
/// file already.
class Ack {
  public:
    Ack() = default;
    /// Of an alert that was taken in `recent`. Both outlive this.
    Ack(Recent& recent, SourceCounts& counts, std::uint64_t hash, Destination destination)
        : recent_(&recent), counts_(&counts), hash_(hash), destination_(destination) {}
    Ack(Ack&& other) noexcept
        : recent_(std::exchange(other.recent_, nullptr)),
          counts_(other.counts_),
          hash_(other.hash_),
          destination_(other.destination_),
          receiver_(std::move(other.receiver_)) {}
    Ack& operator=(Ack&& other) noexcept {
        if (this == &other) return *this;
        settle(false);
        recent_ = std::exchange(other.recent_, nullptr);
        counts_ = other.counts_;
        hash_ = other.hash_;
        destination_ = other.destination_;
        receiver_ = std::move(other.receiver_);
        return *this;
    }
    Ack(const Ack&) = delete;
    Ack& operator=(const Ack&) = delete;
    ~Ack() { settle(false); }

    /// Told too, after the counts.
    void report_to(std::unique_ptr<Receiver> receiver) { receiver_ = std::move(receiver); }

    void settle(bool safe) {
        if (Recent* const recent = std::exchange(recent_, nullptr)) {
            recent->settle(hash_, safe);
            if (safe) counts_->count_received(destination_);
        }
        if (const auto receiver = std::exchange(receiver_, nullptr)) receiver->settled(safe);
    }

  private:
    Recent* recent_ = nullptr;
    SourceCounts* counts_ = nullptr;
    std::uint64_t hash_ = 0;
    Destination destination_ = Destination::siem;
    std::unique_ptr<Receiver> receiver_;
};

}  // namespace enrichd
