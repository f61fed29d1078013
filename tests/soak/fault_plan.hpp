// What fails while alerts come, by the alerts' numbers: in each round everything fails once, in an order of
// the seed's, with a pause after each.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "base/fd.hpp"
#include "soak/world.hpp"

namespace enrichd::test {

class FaultPlan {
  public:
    /// So many kinds there are.
    static constexpr std::size_t kinds = 14;

    FaultPlan(World& world, std::uint64_t seed, std::size_t alerts, std::size_t rounds);
    ~FaultPlan() { mend(); }
    FaultPlan(const FaultPlan&) = delete;
    FaultPlan& operator=(const FaultPlan&) = delete;

    /// So many alerts were sent. True when something began to fail or is whole again.
    bool follow(std::size_t sent);

    /// All is whole again, and the daemon is told so by a reload.
    void mend();

    /// What fails now, "victim: how; victim: how"; empty when nothing does.
    const std::string& now() const { return now_; }

  private:
    struct Band {
        std::size_t begin;
        std::size_t end;
        std::size_t kind;
    };
    void begin(std::size_t kind);
    void half_written_files();
    void silent_connections();

    World& world_;
    std::vector<Band> bands_;
    std::size_t next_ = 0;
    std::string now_;
    std::vector<Fd> silent_;
    std::size_t files_ = 0;
};

}  // namespace enrichd::test
