// Ages that could not be found out when their alert came: asked for again, and a new domain is reported late,
// once. It comes after the alerts of now: with a registry it has the place of a client.
#pragma once

#include <chrono>

#include "pipeline/pipeline.hpp"
#include "stages/domain_stats/verdicts.hpp"
#include "store/open_ages.hpp"

namespace enrichd {

class LateAges {
  public:
    LateAges(Tasks& work, Pipeline& pipeline, Verdicts& verdicts, Journal& journal, OpenAges& open)
        : work_(work), pipeline_(pipeline), verdicts_(verdicts), journal_(journal), open_(open) {}

    /// Asks for those that are due, until it is cancelled.
    task<void> watch();

    /// The same once.
    task<void> ask_those_due();

    /// A domain whose age cannot be found out for so long is given up.
    static constexpr std::chrono::hours longest{24};

  private:
    task<void> ask_again(OpenAge age);
    bool reported(Job& job, const HostName& name, const DomainStatsAnswer& answer);
    void end(const OpenAge& age, Step step);

    Tasks& work_;
    Pipeline& pipeline_;
    Verdicts& verdicts_;
    Journal& journal_;
    OpenAges& open_;
};

}  // namespace enrichd
