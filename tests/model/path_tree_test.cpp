#include "model/path_tree.hpp"

#include <gtest/gtest.h>

namespace enrichd::test::path_tree_test {
namespace {

using Keys = std::vector<std::string>;

TEST(PathTree, HasOneNodeForTheCommonBeginningOfPaths) {
    PathTree tree;
    tree.add(Keys{"data", "dns", "rrname"}, 1);
    tree.add(Keys{"data", "dns", "rcode"}, 2);
    tree.add(Keys{"data", "dns", "rcode"}, 3);
    ASSERT_EQ(tree.children(PathTree::root).size(), 1U);
    const PathTree::Node data = tree.children(PathTree::root)[0].node;
    ASSERT_EQ(tree.children(data).size(), 1U);
    const auto in_dns = tree.children(tree.children(data)[0].node);
    ASSERT_EQ(in_dns.size(), 2U);
    EXPECT_EQ(in_dns[0].token, "rrname");
    EXPECT_EQ(tree.targets(in_dns[1].node).size(), 2U) << "two may want the same";
    EXPECT_TRUE(tree.targets(data).empty());
}

TEST(PathTree, KnowsWhichKeysLeadIntoLists) {
    PathTree tree;
    for (const char* token : {"-", "0", "17", "01", "1x", "", "99999999999999999999"})
        tree.add(Keys{token}, 0);
    const auto children = tree.children(PathTree::root);
    EXPECT_TRUE(children[0].any);
    EXPECT_EQ(children[1].place, 0U);
    EXPECT_EQ(children[2].place, 17U);
    for (std::size_t i = 3; i < children.size(); ++i) {
        EXPECT_FALSE(children[i].any) << children[i].token;
        EXPECT_EQ(children[i].place, PathTree::none) << children[i].token;
    }
}

TEST(PathTree, ReadsPointers) {
    EXPECT_EQ(keys_of("/data/a~1b/~0"), (Keys{"data", "a/b", "~"}));
    EXPECT_EQ(keys_of("/"), Keys{""});
    EXPECT_EQ(keys_of("/a//b"), (Keys{"a", "", "b"}));
    EXPECT_TRUE(keys_of("").empty());
}

}  // namespace
}  // namespace enrichd::test::path_tree_test
