// Where the verbs `seen …` find the domains: with the daemon that runs, else in its state file.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "base/result.hpp"
#include "config/config.hpp"
#include "store/domains.hpp"

namespace enrichd {

class SeenStore {
  public:
    virtual ~SeenStore() = default;

    virtual result<std::size_t> import(std::vector<SeenDomain> domains) = 0;
    /// The next ones in order; none at the end.
    virtual result<std::vector<SeenDomain>> after(const std::string& domain) = 0;
    virtual result<std::size_t> count() = 0;
    virtual result<std::size_t> forget(const std::string& domain) = 0;  // how many, 0 or 1

    /// The sentence for a failure of one of the above.
    virtual std::string why(const error& failure) const = 0;
};

/// `make`: a state file that is not there is made.
std::unique_ptr<SeenStore> open_seen_store(const Config& config, bool make);

}  // namespace enrichd
