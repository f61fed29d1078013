// A fixture with what a component is built into: a pipeline that ends in memory, and a real state file.
#pragma once

#include <gtest/gtest.h>

#include "net/lookup.hpp"
#include "pipeline/component.hpp"
#include "support/run.hpp"
#include "support/scripted.hpp"
#include "support/temp_dir.hpp"

namespace enrichd::test {

class ComponentFixture : public testing::Test {
  protected:
    ComponentFixture() {
        pipeline_.keep_in(journal_);
        EXPECT_TRUE(run(io_, journal_.load()));
    }
    /// Before the component goes, which tasks may still use.
    void end(Component& component) {
        component.begin_no_more();
        component.stop();
        work_.cancel();
        run(io_, work_.drained(Clock::now() + std::chrono::seconds(5)));
        component.close_idle();
        EXPECT_EQ(work_.failures(), 0U);
    }

    asio::io_context io_;
    TempDir dir_;
    Lookup lookup_{io_};
    Tasks work_{io_};
    Database database_{io_, {dir_ / "enrichd.db"}};
    Outbox outbox_{database_};
    Journal journal_{database_, outbox_, 1000};
    Snapshot snapshot_{database_, 100};
    Domains domains_{database_, 1000};
    State state_{database_, snapshot_, journal_, domains_};
    ListSink sink_{outbox_};
    Pipeline pipeline_{sink_};
    Surroundings around_{io_, work_, lookup_, pipeline_, &state_};
};

}  // namespace enrichd::test
