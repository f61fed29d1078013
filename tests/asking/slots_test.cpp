// Who gets a slot when there are too few; the clock is the real one, and nothing waits for it.
#include "asking/slots.hpp"

#include <gtest/gtest.h>

#include <list>
#include <string>
#include <vector>

#include "net/tasks.hpp"
#include "support/run.hpp"

namespace enrichd::test::slots_test {
namespace {

using namespace std::chrono_literals;
using Kind = Slots::Kind;

class SlotsTest : public testing::Test {
  protected:
    struct Taker {
        std::string name;
        Slots::Rank rank;
        Slots::Slot slot;
        bool has = false;
    };
    /// `age`: how long ago the name arrived.
    Taker& ask(Kind kind, Clock::duration age = 0s, std::string name = "") {
        Taker& one = takers_.emplace_back(Taker{std::move(name), {kind, Clock::now() - age}, {}, false});
        tasks_.spawn("taker", take(one));
        turn();
        return one;
    }
    task<void> take(Taker& one) {
        auto slot = co_await slots_.take(one.rank);
        if (!slot) co_return;
        one.slot = *std::move(slot);
        one.has = true;
        order_.push_back(one.name);
    }
    void give_back(Taker& one) {
        one.slot = Slots::Slot();
        turn();
    }
    void turn() {
        io_.restart();
        io_.poll();
    }
    void TearDown() override {
        tasks_.cancel();
        turn();
        EXPECT_EQ(tasks_.running(), 0U);
    }

    asio::io_context io_;
    Tasks tasks_{io_};
    Slots slots_{io_, 8};
    std::list<Taker> takers_;
    std::vector<std::string> order_;
};

TEST_F(SlotsTest, NamesThatAreOldLeaveAQuarterToThoseThatHaveJustArrived) {
    for (int i = 0; i < 20; ++i) ask(Kind::fresh, 10s);
    EXPECT_EQ(slots_.in_use(), 6U);
    EXPECT_TRUE(ask(Kind::fresh).has);
    EXPECT_TRUE(ask(Kind::fresh).has);
    EXPECT_FALSE(ask(Kind::fresh).has);
    EXPECT_EQ(slots_.in_use(), 8U);
}

TEST_F(SlotsTest, NamesThatFailedTakeHalfAndSoDoClients) {
    for (int i = 0; i < 20; ++i) ask(Kind::failed);
    EXPECT_EQ(slots_.in_use(), 4U);
    for (int i = 0; i < 20; ++i) ask(Kind::client);
    EXPECT_EQ(slots_.in_use(), 6U) << "and the rest is for names that have just arrived";
    EXPECT_TRUE(ask(Kind::fresh).has);
}

TEST_F(SlotsTest, OneThatIsRankedHigherMayBeginAtOnce) {
    for (int i = 0; i < 4; ++i) ask(Kind::client);
    Taker& client = ask(Kind::client);
    EXPECT_FALSE(client.has) << "half is in use";
    client.rank = {Kind::fresh, Clock::now()};
    slots_.reconsider();
    turn();
    EXPECT_TRUE(client.has);
}

TEST_F(SlotsTest, FreshNamesComeFirstThenThoseThatFailedThenClientsEachInOrder) {
    slots_.resize(1);
    Taker* held = &ask(Kind::fresh, 0s, "first");
    ask(Kind::client, 0s, "client");
    ask(Kind::failed, 0s, "failed");
    ask(Kind::fresh, 0s, "fresh 1");
    ask(Kind::fresh, 0s, "fresh 2");
    while (held) {
        give_back(*held);
        held = nullptr;
        for (Taker& one : takers_)
            if (one.has && order_.back() == one.name && slots_.in_use() == 1) held = &one;
        if (order_.size() == 5) break;
    }
    EXPECT_EQ(order_, (std::vector<std::string>{"first", "fresh 1", "fresh 2", "failed", "client"}));
}

TEST_F(SlotsTest, AClientsQuestionThatAnAlertJoinsCountsAsTheAlerts) {
    slots_.resize(1);
    Taker& held = ask(Kind::fresh);
    ask(Kind::client, 0s, "client");
    Taker& joined = ask(Kind::client, 0s, "joined");
    joined.rank = {Kind::fresh, Clock::now()};
    give_back(held);
    EXPECT_EQ(order_.back(), "joined");
}

TEST_F(SlotsTest, MoreOfThemLetWaitersIn) {
    slots_.resize(1);
    for (int i = 0; i < 3; ++i) ask(Kind::fresh);
    EXPECT_EQ(slots_.in_use(), 1U);
    slots_.resize(0);
    turn();
    EXPECT_EQ(slots_.in_use(), 3U) << "no limit";
    EXPECT_EQ(slots_.waiting(), 0U);
}

TEST_F(SlotsTest, WhoIsCancelledWhileWaitingLeavesTheQueue) {
    slots_.resize(1);
    Taker& held = ask(Kind::fresh);
    ask(Kind::fresh);
    EXPECT_EQ(slots_.waiting(), 1U);
    tasks_.cancel();
    turn();
    EXPECT_EQ(slots_.waiting(), 0U);
    give_back(held);
    EXPECT_EQ(slots_.in_use(), 0U);
}

}  // namespace
}  // namespace enrichd::test::slots_test
