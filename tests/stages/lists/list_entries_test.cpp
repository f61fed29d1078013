#include "stages/lists/list_entries.hpp"

#include <gtest/gtest.h>

namespace enrichd::test::list_entries_test {
namespace {

constexpr auto exact = static_cast<std::uint8_t>(Listing::exact);

struct Read {
    explicit Read(std::string_view text, std::string_view oldest = {}) {
        ListBuilder builder(config, ListFormat::misp);
        read_entries(text, oldest, builder);
        list = builder.finish();
    }
    bool has(const char* name) const { return list.index->find(NameSuffixes(name)).has_value(); }
    ListConfig config;
    ReadList list;
};

TEST(ListEntries, AreReadAsTheyWereWritten) {
    EntryChanges changes;
    EXPECT_TRUE(changes.put({"1", "a-site.com", suffix_listing, {}, R"({"a":1})"}));
    EXPECT_TRUE(changes.put({"2", "www.b-site.com", exact}));
    const std::string text = changes.applied_to({}, {}, R"({"state":7})");
    ASSERT_TRUE(is_entries(text));
    EXPECT_EQ(entries_state(text), R"({"state":7})");
    const Read read(text);
    EXPECT_TRUE(read.has("x.a-site.com"));
    EXPECT_EQ(read.list.index->find(NameSuffixes("a-site.com"))->note, R"({"a":1})");
    EXPECT_TRUE(read.has("www.b-site.com"));
    EXPECT_FALSE(read.has("x.www.b-site.com"));
}

TEST(ListEntries, ChangesReplaceAndRemoveByKey) {
    EntryChanges first;
    first.put({"1", "a-site.com", suffix_listing});
    first.put({"2", "b-site.com", suffix_listing});
    first.put({"3", "c-site.com", suffix_listing});
    const std::string before = first.applied_to({}, {}, "{}");
    EntryChanges second;
    second.remove("1");
    second.put({"2", "moved-site.com", suffix_listing});
    second.put({"4", "gone-again.com", suffix_listing});
    second.remove("4");
    const Read read(second.applied_to(before, {}, "{}"));
    EXPECT_EQ(read.list.entries, 2U);
    EXPECT_TRUE(read.has("moved-site.com"));
    EXPECT_TRUE(read.has("c-site.com"));
}

TEST(ListEntries, AreTheSameWhenTheChangesSayNothingNew) {
    EntryChanges all;
    all.put({"1", "a-site.com", suffix_listing});
    all.put({"2", "b-site.com", suffix_listing});
    const std::string before = all.applied_to({}, {}, R"({"at":1})");
    EXPECT_TRUE(same_entries(before, EntryChanges().applied_to(before, {}, R"({"at":2})")));
    EntryChanges again;
    again.put({"1", "a-site.com", suffix_listing});
    again.remove("3");
    EXPECT_TRUE(same_entries(before, again.applied_to(before, {}, "{}")));
    again.remove("2");
    EXPECT_FALSE(same_entries(before, again.applied_to(before, {}, "{}")));
}

TEST(ListEntries, OfDaysThatAreTooOldGo) {
    EntryChanges changes;
    changes.put({"1", "old-site.com", suffix_listing, "2026-11-01"});
    changes.put({"2", "new-site.com", suffix_listing, "2026-11-20"});
    changes.put({"3", "any-site.com", suffix_listing});
    const std::string text = changes.applied_to({}, {}, "{}");
    EXPECT_EQ(Read(text, "2026-11-10").list.entries, 2U);
    const std::string later = EntryChanges().applied_to(text, "2026-11-10", "{}");
    EXPECT_EQ(Read(later).list.entries, 2U);
    EXPECT_FALSE(Read(later).has("old-site.com"));
}

TEST(ListEntries, OfAKeyThatHadBecomeTooOldCanComeAgain) {
    EntryChanges first;
    first.put({"1", "a-site.com", suffix_listing, "2026-11-01"});
    EntryChanges again;
    again.put({"1", "a-site.com", suffix_listing, "2026-11-20"});
    EXPECT_TRUE(Read(again.applied_to(first.applied_to({}, {}, "{}"), "2026-11-10", "{}")).has("a-site.com"));
}

TEST(ListEntries, HoldWhateverTextComesInOneLine) {
    EntryChanges changes;
    EXPECT_FALSE(changes.put({"a\tb", "a-site.com", suffix_listing}));
    EXPECT_FALSE(changes.put({"", "a-site.com", suffix_listing}));
    EXPECT_FALSE(
        changes.put({std::string(EntryChanges::longest_key + 1, 'x'), "a-site.com", suffix_listing}));
    EXPECT_TRUE(changes.put({"1", "a\n2\tb-site.com", suffix_listing}));
    EXPECT_TRUE(changes.put({"2", "c-site.com", suffix_listing}));
    const Read read(changes.applied_to({}, {}, "{}"));
    EXPECT_EQ(read.list.entries, 1U);
    EXPECT_EQ(read.list.left_out, 1U);
    EXPECT_TRUE(read.has("c-site.com"));
}

TEST(ListEntries, OtherTextIsNone) {
    for (const char* text : {"", "a.com\n", "[]", "{\"list_entries\":2}\n"})
        EXPECT_FALSE(is_entries(text)) << text;
    EXPECT_EQ(Read("{\"list_entries\":1,\"state\":").list.entries, 0U);
    EXPECT_EQ(Read("{\"list_entries\":1,\"state\":{}}\n\n\t\t\t\t\nx\n").list.entries, 0U);
}

}  // namespace
}  // namespace enrichd::test::list_entries_test
