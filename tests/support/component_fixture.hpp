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
        pipeline_.keep_in(state_.journal);
        EXPECT_TRUE(run(io_, state_.journal.load()));
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
    State state_{io_, {dir_ / "enrichd.db"}, {1000, 100, 1000, 1000, 1000}};
    Snapshot& snapshot_ = state_.snapshot;
    ListSink sink_{state_.outbox};
    Pipeline pipeline_{sink_};
    Surroundings around_{io_, work_, lookup_, pipeline_, &state_};
};

}  // namespace enrichd::test
