#include "net/basic_auth.hpp"

#include <gtest/gtest.h>

namespace enrichd::test::basic_auth_test {
namespace {

TEST(BasicAuth, IsWhatTheStandardsExampleSays) {
    EXPECT_EQ(basic_auth("Aladdin:open sesame").reveal(), "Basic QWxhZGRpbjpvcGVuIHNlc2FtZQ==");  // RFC 7617
    EXPECT_EQ(basic_auth("").reveal(), "Basic ");
}

TEST(BasicAuth, KnowsTheRightOneFromOthers) {
    const Secret secret("Basic abc");
    EXPECT_TRUE(same_secret("Basic abc", secret));
    for (const char* other : {"", "Basic abd", "Basic ab", "Basic abcd", "basic abc"})
        EXPECT_FALSE(same_secret(other, secret)) << other;
    EXPECT_FALSE(same_secret("", Secret())) << "an empty secret is nobody's";
}

}  // namespace
}  // namespace enrichd::test::basic_auth_test
