// The domains that were ever asked for: when first, and what their registries said. One row a domain.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "model/registration.hpp"
#include "store/database.hpp"

namespace enrichd {

/// What is known of a domain's age, and until when that is good.
struct KnownAge {
    std::optional<Registration> registration{};
    std::string failure{};  // the last, when the registry told none
    std::optional<WallTime> good_until{};
};

struct Contact {
    bool first = false;
    WallTime seen;  // first
    KnownAge age;
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

    /// A domain is asked for. Of all calls for one domain, at any time, one gets `first`, and when it has,
    /// that is committed.
    task<result<Contact>> note(std::string domain, WallTime now);

    task<error> learn(std::string domain, KnownAge age);

    /// Those that are there already keep the earlier of both times.
    task<result<std::size_t>> import(std::vector<SeenDomain> domains);
    task<result<std::vector<SeenDomain>>> after(std::string domain, std::size_t count);
    task<result<std::size_t>> forget(std::string domain);  // how many, 0 or 1

    /// Counts them, for size().
    task<error> load();
    std::size_t size() const { return size_; }

    /// Removes some of what is too much. True when there may be more of it.
    task<bool> prune();

  private:
    Database& database_;
    std::size_t most_;
    std::size_t size_ = 0;
};

}  // namespace enrichd
