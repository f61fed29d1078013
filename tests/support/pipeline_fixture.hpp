// A fixture with the whole way of an alert between scripted ends.
#pragma once

#include <gtest/gtest.h>

#include "pipeline/pipeline.hpp"
#include "stages/domain_stats/domain_check.hpp"
#include "stages/otx/otx_stage.hpp"
#include "support/run.hpp"
#include "support/scripted.hpp"
#include "support/temp_dir.hpp"

namespace enrichd::test {

/// A body of OTX for a name in so many pulses of AlienVault.
inline std::string otx_body(int pulses) {
    std::string list;
    for (int i = 0; i < pulses; ++i)
        list += std::string(i > 0 ? "," : "") + R"({"id":"p)" + std::to_string(i) +
                R"(","name":"pulse","author":{"username":"AlienVault"}})";
    return R"({"pulse_info":{"count":)" + std::to_string(pulses) + R"(,"pulses":[)" + list + "]}}";
}

class PipelineFixture : public testing::Test {
  protected:
    PipelineFixture() {
        pipeline_.keep_in(journal_);
        pipeline_.add(domain_check_);
        EXPECT_TRUE(run(io_, journal_.load()));
        http_.otherwise = ScriptedHttp::json(otx_body(0));
    }
    /// What the state file has by now, once what was asked of it is done.
    std::vector<KeptAlert> kept() {
        run_until(io_, [&] { return database_.waiting() == 0; });
        Journal again(database_, outbox_, 100'000);
        return run(io_, again.load()).value().in_progress;
    }
    std::vector<StoredEvent> stored() {
        run_until(io_, [&] { return database_.waiting() == 0; });
        return run(io_, outbox_.oldest(ListSink::name, 100'000)).value();
    }

    /// Before the parts of a derived fixture go, which tasks may still use.
    void TearDown() override {
        reputation_.stop();
        services_.cancel();
        work_.cancel();
        run(io_, services_.drained(Clock::now() + std::chrono::seconds(5)));
        run(io_, work_.drained(Clock::now() + std::chrono::seconds(5)));
        EXPECT_EQ(work_.failures() + services_.failures(), 0U);
    }

    /// From here on suspicious names are asked for at OTX, which is http_.
    void with_otx() { pipeline_.add(otx_stage_); }

    static VerdictsOptions quick_verdicts() {
        VerdictsOptions options;
        options.backoff = {std::chrono::milliseconds(1), std::chrono::milliseconds(2)};
        options.breaker = {3, std::chrono::milliseconds(1), std::chrono::milliseconds(2)};
        return options;
    }

    asio::io_context io_;
    Tasks work_{io_};
    Tasks services_{io_};
    TempDir state_;
    Database database_{io_, {state_ / "enrichd.db", false, std::chrono::milliseconds(10)}};
    Outbox outbox_{database_};
    Journal journal_{database_, outbox_, 100'000};
    ListSink sink_{outbox_};
    ScriptedProvider provider_;
    VerdictCache<PackedVerdict> cache_{CacheOptions{}};
    Verdicts verdicts_{io_, work_, cache_, provider_, quick_verdicts()};
    ScriptedHttp http_;
    Otx otx_{http_, {}};
    VerdictCache<OtxVerdictPtr> otx_cache_{CacheOptions{}};
    Reputation reputation_{io_, work_, otx_cache_, otx_, {}};
    Pipeline pipeline_{sink_};
    DomainCheck domain_check_{verdicts_, pipeline_};
    OtxStage otx_stage_{reputation_};
};

}  // namespace enrichd::test
