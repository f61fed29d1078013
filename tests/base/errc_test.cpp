#include "base/errc.hpp"

#include <gtest/gtest.h>

#include <cctype>
#include <string>

namespace enrichd::test::errc_test {
namespace {

TEST(Errc, EachHasALabelAndASentenceWithoutDot) {
    for (int i = 1; i < static_cast<int>(errc::last_); ++i) {
        const boost::system::error_code code = static_cast<errc>(i);
        EXPECT_NE(label(code), "system");
        for (const char c : label(code)) EXPECT_TRUE(std::islower(c) || c == '_') << label(code);
        EXPECT_GT(code.message().size(), 10U);
        EXPECT_FALSE(code.message().ends_with('.')) << code.message();
    }
}

TEST(Errc, ASystemErrorIsLabelledSystem) {
    EXPECT_EQ(label(boost::system::error_code(2, boost::system::system_category())), "system");
}

}  // namespace
}  // namespace enrichd::test::errc_test
