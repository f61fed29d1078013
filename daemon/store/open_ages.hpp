// Domains whose registry could not be asked for their age: a row a domain, with the alert that asked first.
// It is asked again, so that a new domain is reported though late.
#pragma once

#include <cstddef>
#include <string>
#include <vector>

#include "model/alert.hpp"
#include "store/database.hpp"

namespace enrichd {

struct OpenAge {
    std::string domain;
    Alert alert;
    WallTime since;  // asked first
    WallTime due;    // to be asked again
};

/// From the columns domain, alert_id, agent_id, agent_name, agent_ip, query, since, due and context, whatever
/// is in them.
OpenAge open_age(const Row& row);

class OpenAges {
  public:
    /// Beyond this no more are added: a registry that is never there must not fill the file.
    static constexpr std::size_t most = 20'000;

    explicit OpenAges(Database& database) : database_(database) {}

    /// Part of a transaction. A domain that is there keeps its alert.
    static void add(StateFile& file, const OpenAge& age);

    /// Part of a transaction.
    static void close(StateFile& file, const std::string& domain);

    /// Those that are due, and now become due again at a time: whoever asks for one says when it is closed. A
    /// time that a wrong clock has written does not count.
    task<result<std::vector<OpenAge>>> take(WallTime now, WallTime again, std::size_t count);

    void defer(std::string domain, WallTime due);

    /// About: one that is being added may be counted before, and a domain twice.
    std::size_t size() const { return size_; }
    void expect_one() { ++size_; }

  private:
    Database& database_;
    std::size_t size_ = 1;  // until it is known
};

}  // namespace enrichd
