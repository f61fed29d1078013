#include "shared/resp.hpp"

#include <gtest/gtest.h>

namespace enrichd::test::resp_test {
namespace {

/// All of it at once.
result<std::optional<RedisReply>> read(std::string_view bytes) {
    RedisReplies replies;
    replies.add(bytes);
    return replies.next();
}

RedisReply whole(std::string_view bytes) {
    return *read(bytes).value();
}

TEST(Resp, WritesACommandWithTheLengthOfEachArgument) {
    std::string out;
    append_command(out, std::vector<std::string>{"SET", "a\r\nb", ""});
    EXPECT_EQ(out, "*3\r\n$3\r\nSET\r\n$4\r\na\r\nb\r\n$0\r\n\r\n");
}

TEST(Resp, ReadsRepliesOfAllKinds) {
    EXPECT_EQ(whole("+OK\r\n").text, "OK");
    EXPECT_EQ(whole(":-42\r\n").number, -42);
    EXPECT_EQ(whole("$5\r\na\r\nbc\r\n").text, "a\r\nbc");
    EXPECT_EQ(whole("$-1\r\n").kind, RedisReply::Kind::nothing);
    EXPECT_EQ(whole("*-1\r\n").kind, RedisReply::Kind::nothing);
    EXPECT_TRUE(whole("-ERR no\r\n").is_failure());
    const RedisReply list = whole("*3\r\n$1\r\na\r\n:7\r\n*1\r\n+b\r\n");
    ASSERT_EQ(list.list.size(), 3U);
    EXPECT_EQ(list.list[0].text, "a");
    EXPECT_EQ(list.list[1].number, 7);
    EXPECT_EQ(list.list[2].list.at(0).text, "b");
}

TEST(Resp, ReadsWhatComesByteByByte) {
    RedisReplies replies;
    const std::string bytes = "*2\r\n$3\r\nabc\r\n:1\r\n+next\r\n";
    std::vector<RedisReply> out;
    for (const char byte : bytes) {
        replies.add({&byte, 1});
        while (auto reply = replies.next().value()) out.push_back(*std::move(reply));
    }
    ASSERT_EQ(out.size(), 2U);
    EXPECT_EQ(out[0].list.at(0).text, "abc");
    EXPECT_EQ(out[1].text, "next");
    EXPECT_TRUE(replies.empty());
}

TEST(Resp, RefusesWhatIsNoReply) {
    for (const char* const bytes :
         {"HTTP/1.1 200 OK\r\n", "\r\n", "$x\r\n", "$3\r\nabcd\r\n", "$-2\r\n", ":1x\r\n", "*-7\r\n"})
        EXPECT_EQ(read(bytes).error(), errc::not_redis) << bytes;
}

TEST(Resp, BoundsWhatAServerAnnounces) {
    EXPECT_EQ(read("$99999999999\r\n").error(), errc::not_redis);
    EXPECT_EQ(read("*1000000000\r\n").error(), errc::not_redis);
    EXPECT_EQ(read("*1\r\n*1\r\n*1\r\n*1\r\n*1\r\n*1\r\n:1\r\n").error(), errc::not_redis) << "too deep";
    EXPECT_EQ(read(std::string(RedisReplies::most_bytes + 2, '+')).error(), errc::not_redis)
        << "a line without end";
}

}  // namespace
}  // namespace enrichd::test::resp_test
