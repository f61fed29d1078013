#include "net/address.hpp"

#include <gtest/gtest.h>

namespace enrichd::test::address_test {
namespace {

TEST(Address, IsALiteralAndAPort) {
    EXPECT_EQ(parse_address("127.0.0.1:9466")->port(), 9466);
    EXPECT_TRUE(parse_address("[::1]:9466")->address().is_v6());
    for (const char* text : {"", ":9466", "127.0.0.1", "127.0.0.1:", "127.0.0.1:70000", "127.0.0.1:x",
                             "::1:9466", "localhost:9466", "[127.0.0.1]:1", "127.0.0.1:1x"})
        EXPECT_FALSE(parse_address(text)) << text;
}

}  // namespace
}  // namespace enrichd::test::address_test
