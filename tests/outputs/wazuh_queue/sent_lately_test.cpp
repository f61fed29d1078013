#include "outputs/wazuh_queue/sent_lately.hpp"

#include <gtest/gtest.h>

#include <deque>
#include <random>

namespace enrichd::test::sent_lately_test {
namespace {

using namespace std::chrono_literals;

TEST(SentLately, KeepsMessagesInOrderUntilTheyAreForgotten) {
    SentLately lately;
    const auto start = Clock::now();
    lately.note({"1:", "a"}, "first", start);
    lately.note({"b"}, "second", start + 1s);
    lately.note({}, "third", start + 2s);
    EXPECT_EQ(lately.size(), 3U);
    EXPECT_EQ(lately.front(), "1:a");
    lately.forget_before(start + 1s);
    EXPECT_EQ(lately.front(), "b");
    lately.forget_before(start + 1h);
    EXPECT_TRUE(lately.empty());
}

TEST(SentLately, BeyondItsBoundsItForgetsTheOldestAndSpoilsNone) {
    SentLately lately;
    std::deque<std::string> sent;
    std::minstd_rand random(7);
    for (int i = 0; i < 20'000; ++i) {
        const std::size_t size = i % 50 == 0 ? 60'000 : random() % 900;
        sent.push_back(std::to_string(i) + std::string(size, static_cast<char>('a' + i % 26)));
        lately.note({sent.back()}, "kind", Clock::now());
        while (sent.size() > lately.size()) sent.pop_front();
        ASSERT_EQ(lately.front(), sent.front());
    }
    EXPECT_GT(lately.size(), 100U);
    for (; !lately.empty(); lately.pop_front(), sent.pop_front()) ASSERT_EQ(lately.front(), sent.front());
}

TEST(SentLately, HoldsNoMoreMessagesThanItMay) {
    SentLately lately;
    for (std::size_t i = 0; i < SentLately::max_messages + 10; ++i) lately.note({"x"}, "kind", Clock::now());
    EXPECT_EQ(lately.size(), SentLately::max_messages);
}

}  // namespace
}  // namespace enrichd::test::sent_lately_test
