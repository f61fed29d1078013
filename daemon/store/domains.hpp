// The domains that were ever asked for: when first, and what their registries said. One row a domain.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "model/registration.hpp"
#include "store/database.hpp"
#include "store/snapshot.hpp"

namespace enrichd {

/// What is known of a domain's age, and until when that is good.
struct KnownAge {
    std::optional<Registration> registration{};
    std::string failure{};  // the last, when the registry gave none
    std::optional<WallTime> good_until{};
};

/// From four columns: registered, expires, failure and age_until, whatever is in them.
KnownAge known_age(const Row& row, int column);

struct Contact {
    bool first = false;      // it was not reported yet
    bool before = false;     // it was asked for before
    WallTime seen;           // when first
    bool under_way = false;  // not reported yet, and somebody else is about to
    KnownAge age{};
};

struct SeenDomain {
    std::string domain;
    WallTime seen;
};

class Domains {
  public:
    /// `most` rows: beyond that those go that were not asked for longest.
    Domains(Database& database, std::size_t most) : database_(database), most_(most) {}

    void configure(std::size_t most) { most_ = most; }

    /// A domain is asked for. Until its first contact is reported, each call for it gets `first`. With
    /// `reported` one that is new counts as reported already; other hosts are not to hear of it. `reporter`:
    /// the alert that was given the first contact, which is under way for as long as the journal has that
    /// alert.
    task<result<Contact>> note(std::string domain, WallTime now, bool reported = false,
                               std::optional<std::int64_t> reporter = std::nullopt);

    /// Part of a transaction: the first contact of a domain is reported.
    static void mark_reported(StateFile& file, std::string_view domain);

    /// Part of a transaction: the same of a domain that note() could not write down. It is counted at the
    /// next start.
    static void add_reported(StateFile& file, std::string_view domain, WallTime seen);

    /// The same, with the verdict that it came with.
    task<error> mark_reported(RememberedVerdict verdict);

    /// When a domain was asked for first; nothing when it never was.
    task<result<std::optional<WallTime>>> find(std::string domain);

    /// For the state that hosts share. Reported domains that are not written yet to the server of this
    /// number, in no order, which no power cut takes any more; and that these are. Prepare first: it costs
    /// some seconds for millions of domains, once.
    std::uint64_t openings() const {
        return database_.openings();
    }  // of the state file, which may be another one
    task<error> prepare_sharing();
    task<result<std::vector<SeenDomain>>> unshared(std::int64_t server, std::size_t count);
    task<error> shared(std::vector<std::string> domains, std::int64_t server);

    task<error> learn(std::string domain, KnownAge age);

    /// Those that are there already keep the earlier of both times.
    task<result<std::size_t>> import(std::vector<SeenDomain> domains);
    task<result<std::vector<SeenDomain>>> after(std::string domain, std::size_t count);
    task<result<std::size_t>> forget(std::string domain);   // how many, 0 or 1
    std::uint64_t forgotten() const { return forgotten_; }  // how often that was asked for

    /// Counts them, for size().
    task<error> load();
    std::size_t size() const { return size_; }

    /// Removes some of what is too much. True when there may be more of it.
    task<bool> prune();

  private:
    Database& database_;
    std::size_t most_;
    std::size_t size_ = 0;
    std::uint64_t forgotten_ = 0;
};

}  // namespace enrichd
