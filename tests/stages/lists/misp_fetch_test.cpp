// The attributes of a MISP server as a list.
#include <filesystem>
#include <nlohmann/json.hpp>

#include "fakes/fake_misp.hpp"
#include "stages/lists/fetching_fixture.hpp"
#include "stages/lists/misp_format.hpp"

namespace enrichd::test::misp_fetch_test {
namespace {

using namespace std::chrono_literals;
using fakes::MispAttribute;
using nlohmann::json;

class MispTest : public FetchingTest {
  protected:
    MispTest() {
        config_.from = misp_.url();
        config_.format = ListFormat::misp;
        config_.header_file = dir_ / "key";
        write_file(config_.header_file, std::string("Authorization: ") + fakes::FakeMisp::key + "\n");
        std::filesystem::permissions(config_.header_file, std::filesystem::perms::owner_all);
    }
    static std::int64_t unix_now() { return now().time_since_epoch().count(); }

    /// Changed and published now.
    void add(const std::string& type, const std::string& value) {
        misp_.change([&](auto& all) {
            all.push_back(
                {"uuid-" + std::to_string(all.size()), type, value, true, false, unix_now(), unix_now()});
        });
    }
    void change(std::size_t which, const std::function<void(MispAttribute&)>& change) {
        misp_.change([&](auto& all) {
            change(all[which]);
            all[which].timestamp = all[which].publish_timestamp = unix_now();
        });
    }
    std::size_t requests() const { return misp_.bodies().size(); }
    json question(std::size_t number) const { return json::parse(misp_.bodies().at(number)); }

    fakes::FakeMisp misp_;
};

TEST_F(MispTest, NamesAreTakenByTheTypeOfTheAttribute) {
    add("domain", "Bad-Site.com");
    add("hostname", "www.worse-site.com");
    add("domain|ip", "pair-site.com|203.0.113.7");
    add("url", "https://user@Files.url-site.com:8443/a?b=c@d");
    add("url", "http://203.0.113.9/x");
    add("ip-dst", "203.0.113.9");
    ASSERT_FALSE(fetch());
    EXPECT_TRUE(has("bad-site.com"));
    EXPECT_TRUE(has("cdn.bad-site.com"));
    EXPECT_TRUE(has("www.worse-site.com"));
    EXPECT_FALSE(has("worse-site.com"));
    EXPECT_FALSE(has("a.www.worse-site.com")) << "a host name stands for itself";
    EXPECT_TRUE(has("www.pair-site.com"));
    EXPECT_TRUE(has("files.url-site.com"));
    EXPECT_FALSE(has("url-site.com")) << "others may have names there";
    EXPECT_EQ(list_->read->left_out, 1U) << "the URL of an address";
}

TEST_F(MispTest, WhatTheAttributeSaysIsKept) {
    misp_.change([](auto& all) {
        all.push_back({"u",
                       "domain",
                       "bad-site.com",
                       true,
                       false,
                       1,
                       1,
                       false,
                       "C2 of a\tloader\n",
                       {"tlp:green", "malware:loader"}});
    });
    ASSERT_FALSE(fetch());
    const json said = json::parse(note("www.bad-site.com"));
    EXPECT_EQ(said, (json{{"event_id", "42"},
                          {"event_info", "Loader of November"},
                          {"type", "domain"},
                          {"comment", "C2 of a\tloader\n"},
                          {"tags", {"tlp:green", "malware:loader"}}}));
}

TEST_F(MispTest, TheFirstQuestionIsForAllThatIsForDetection) {
    misp_.change([](auto& all) {
        all.push_back({"1", "domain", "good-for-us.com", false, false, 1, 1});
        all.push_back({"2", "domain", "deleted-site.com", true, true, 1, 1});
        all.push_back({"3", "domain", "draft-site.com", true, false, 1, 0});
        all.push_back({"4", "domain", "popular-site.com", true, false, 1, 1, true});
        all.push_back({"5", "domain", "bad-site.com", true, false, 1, 1});
    });
    ASSERT_FALSE(fetch());
    EXPECT_EQ(list_->read->index->size(), 1U);
    EXPECT_TRUE(has("bad-site.com"));
    EXPECT_EQ(question(0)["excludeDecayed"], true);
    EXPECT_FALSE(question(0).contains("timestamp"));
}

TEST_F(MispTest, AllPagesAreTaken) {
    for (std::size_t i = 0; i < misp_page_size * 2 + 1; ++i)
        add("domain", "bad" + std::to_string(i) + ".com");
    ASSERT_FALSE(fetch());
    EXPECT_EQ(list_->read->index->size(), misp_page_size * 2 + 1);
}

TEST_F(MispTest, AServerMayGiveLessThanItWasAskedFor) {
    misp_.limit_pages(3);
    for (int i = 0; i < 10; ++i) add("domain", "bad" + std::to_string(i) + ".com");
    ASSERT_FALSE(fetch());
    EXPECT_EQ(list_->read->index->size(), 10U);
}

TEST_F(MispTest, APageOfWhichTheServerLeavesOutAllIsNotTheLast) {
    misp_.limit_pages(2);
    misp_.change([](auto& all) {
        for (int i = 0; i < 20; ++i)
            all.push_back({std::to_string(i), "domain", "popular.com", true, false, 1, 1, true});
    });
    add("domain", "bad-site.com");
    ASSERT_FALSE(fetch());
    EXPECT_TRUE(has("bad-site.com"));
}

TEST_F(MispTest, TheCopyOfAnotherFormatIsNone) {
    EntryChanges changes;
    changes.put({"x", "other-site.com", suffix_listing});
    const std::string text = changes.applied_to({}, {}, R"({"days":{}})");
    ASSERT_FALSE((ListCopy{config_.from, {}, {}, now(), text}.write(copy())));
    add("domain", "bad-site.com");
    ASSERT_FALSE(fetch());
    EXPECT_TRUE(has("bad-site.com"));
    EXPECT_FALSE(has("other-site.com"));
}

TEST_F(MispTest, ACopyThatCannotBeReadNowIsNotTakenForNone) {
    add("domain", "bad-site.com");
    ASSERT_FALSE(fetch());
    std::filesystem::remove(copy());
    std::filesystem::create_directory(copy());
    EXPECT_EQ(fetch(), boost::system::errc::is_a_directory);
    EXPECT_TRUE(has("bad-site.com"));
}

TEST_F(MispTest, AListThatWasTakenOutIsNotFetchedToItsEnd) {
    add("domain", "bad-site.com");
    abandoned_ = std::make_shared<std::atomic<bool>>(true);
    EXPECT_EQ(fetch(), errc::cancelled);
    EXPECT_EQ(requests(), 1U);
}

TEST_F(MispTest, AServerThatKnowsNoPagesIsNotAskedForEver) {
    misp_.ignore_pages();
    add("domain", "bad-site.com");
    ASSERT_FALSE(fetch());
    EXPECT_EQ(requests(), 2U);
}

TEST_F(MispTest, LaterOnlyWhatChangedIsAskedFor) {
    add("domain", "first-site.com");
    add("domain", "second-site.com");
    add("domain", "third-site.com");
    add("domain", "fourth-site.com");
    ASSERT_FALSE(fetch());
    time_.advance(3h);
    const std::size_t before = requests();
    change(0, [](auto& one) { one.deleted = true; });
    change(1, [](auto& one) { one.to_ids = false; });
    change(2, [](auto& one) { one.value = "moved-site.com"; });
    add("domain", "fifth-site.com");
    ASSERT_FALSE(fetch());
    EXPECT_EQ(question(before)["timestamp"], std::to_string(unix_now() - 4 * 3600)) << "an hour for clocks";
    EXPECT_FALSE(has("first-site.com"));
    EXPECT_FALSE(has("second-site.com"));
    EXPECT_FALSE(has("third-site.com"));
    EXPECT_TRUE(has("moved-site.com"));
    EXPECT_TRUE(has("fourth-site.com")) << "as it was";
    EXPECT_TRUE(has("fifth-site.com"));
}

TEST_F(MispTest, AnEventThatIsPublishedLaterIsFound) {
    add("domain", "first-site.com");
    misp_.change([&](auto& all) {
        all.push_back({"draft", "domain", "draft-site.com", true, false, unix_now(), 0});
    });
    ASSERT_FALSE(fetch());
    EXPECT_FALSE(has("draft-site.com"));
    time_.advance(5h);
    misp_.change([&](auto& all) { all[1].publish_timestamp = unix_now(); });
    ASSERT_FALSE(fetch());
    EXPECT_TRUE(has("draft-site.com"));
}

TEST_F(MispTest, WithoutAChangeTheListStays) {
    add("domain", "bad-site.com");
    ASSERT_FALSE(fetch());
    time_.advance(3h);
    ASSERT_FALSE(fetch());
    EXPECT_TRUE(unchanged_);
}

TEST_F(MispTest, OnceADayAllIsAskedForAndWhatIsGoneGoes) {
    add("domain", "gone-site.com");
    add("domain", "bad-site.com");
    ASSERT_FALSE(fetch());
    misp_.change([](auto& all) { all.erase(all.begin()); });
    time_.advance(23h);
    ASSERT_FALSE(fetch());
    EXPECT_TRUE(has("gone-site.com")) << "a question about changes does not say so";
    time_.advance(1h);
    ASSERT_FALSE(fetch());
    EXPECT_FALSE(has("gone-site.com"));
    EXPECT_TRUE(has("bad-site.com"));
}

TEST_F(MispTest, AMuchSmallerAnswerIsAskedForAgain) {
    for (int i = 0; i < 30; ++i) add("domain", "bad" + std::to_string(i) + ".com");
    ASSERT_FALSE(fetch());
    time_.advance(24h);
    misp_.answer_with([](const fakes::Request& request) {
        const bool first = json::parse(request.body)["page"] == 1;
        return fakes::answer(
            200, "application/json",
            first ? R"({"response":{"Attribute":[{"uuid":"uuid-0","type":"domain","value":"bad0.com"}]}})"
                  : R"({"response":{"Attribute":[]}})");
    });
    ASSERT_FALSE(fetch());
    EXPECT_EQ(list_->read->index->size(), 1U);
    misp_.answer_with(nullptr);
    time_.advance(1h);
    ASSERT_FALSE(fetch());
    EXPECT_EQ(list_->read->index->size(), 30U);
}

TEST_F(MispTest, AFirstAnswerWithoutAttributesIsNotTakenForAll) {
    ASSERT_FALSE(fetch());
    misp_.change([](auto& all) { all.push_back({"1", "domain", "bad-site.com", true, false, 1, 1}); });
    time_.advance(3h);
    ASSERT_FALSE(fetch());
    EXPECT_TRUE(has("bad-site.com"));
}

TEST_F(MispTest, WhoAsksForItGetsAll) {
    add("domain", "gone-site.com");
    add("domain", "bad-site.com");
    ASSERT_FALSE(fetch());
    misp_.change([](auto& all) { all.erase(all.begin()); });
    now_ = true;
    ASSERT_FALSE(fetch());
    EXPECT_FALSE(has("gone-site.com"));
}

TEST_F(MispTest, ARestartGoesOnWithWhatWasKept) {
    add("domain", "bad-site.com");
    ASSERT_FALSE(fetch());
    restart();
    EXPECT_TRUE(has("bad-site.com"));
    EXPECT_NE(note("bad-site.com").find("event_id"), std::string::npos);
    time_.advance(2h);
    const std::size_t before = requests();
    add("domain", "new-site.com");
    ASSERT_FALSE(fetch());
    EXPECT_TRUE(question(before).contains("timestamp"));
    EXPECT_TRUE(has("bad-site.com"));
    EXPECT_TRUE(has("new-site.com"));
}

TEST_F(MispTest, ABadAnswerAnywhereLeavesTheListAsItIs) {
    add("domain", "bad-site.com");
    ASSERT_FALSE(fetch());
    const auto says = [](const std::string& body) {
        return [body](const fakes::Request&) { return fakes::answer(200, "application/json", body); };
    };
    const std::string nested(100'000, '[');
    const std::vector<std::pair<std::string, error>> bad{
        {"<html>", errc::table_not_json},
        {"{}", errc::table_wrong_shape},
        {"[]", errc::table_wrong_shape},
        {R"({"response":{"Attribute":"none"}})", errc::table_wrong_shape},
        {R"({"response":{"Attribute":[1]}})", errc::table_wrong_shape},
        {R"({"response":{"Attribute":[{"uuid":")", errc::table_not_json},
        {R"({"response":{"Attribute":)" + nested, errc::table_wrong_shape},
        {R"({"response":{"Attribute":{"a":{"value":"x"}}}})", errc::table_wrong_shape},
        {R"({"response":{"Attribute":[{"value":)" + nested, errc::table_wrong_shape}};
    for (const auto& [body, why] : bad) {
        time_.advance(1min);
        misp_.answer_with(says(body));
        EXPECT_EQ(fetch(), why) << body.substr(0, 60);
        EXPECT_TRUE(has("bad-site.com"));
    }
    misp_.answer_with([](const fakes::Request&) { return fakes::answer(500, "text/html", "no"); });
    EXPECT_EQ(fetch(), errc::http_status);
    EXPECT_EQ(failure_.status, 500U);
    time_.advance(24h);
    misp_.answer_with(says(R"({"response":{"Attribute":[]}})"));
    EXPECT_EQ(fetch(), errc::list_empty) << "a list that was not empty";
    EXPECT_TRUE(has("bad-site.com"));
}

TEST_F(MispTest, WithoutTheRightKeyThereIsAReason) {
    add("domain", "bad-site.com");
    write_file(config_.header_file, "Authorization: wrong\n");
    EXPECT_EQ(fetch(), errc::http_status);
    EXPECT_EQ(failure_.status, 403U);
    config_.header_file = dir_ / "none";
    EXPECT_TRUE(fetch());
}

TEST_F(MispTest, OddAttributesHurtNobodyElse) {
    misp_.answer_with([](const fakes::Request&) {
        return fakes::answer(200, "application/json", R"({"response":{"Attribute":[
            {"type":"domain","value":"no-key-site.com"},
            {"uuid":7,"type":"domain","value":"number-site.com","to_ids":"1","deleted":"0"},
            {"uuid":"a\tb","type":"domain","value":"tab-site.com"},
            {"uuid":"c","type":"domain","value":"two\nlines.com"},
            {"uuid":"d.com","type":"domain","value":""},
            {"uuid":"e","type":"domain","value":"","comment":5,"Tag":[7,{}],"Event":[]},
            {"uuid":"h","type":"domain","value":"surrogate-site.com","comment":"\ud800"},
            {"uuid":"f","type":"url","value":"https://"},
            {"uuid":"g","type":"domain","value":"last-site.com"}]}})");
    });
    ASSERT_FALSE(fetch());
    EXPECT_TRUE(has("no-key-site.com"));
    EXPECT_TRUE(has("number-site.com"));
    EXPECT_TRUE(has("last-site.com"));
    EXPECT_TRUE(has("surrogate-site.com"));
    EXPECT_EQ(list_->read->index->size(), 4U);
}

}  // namespace
}  // namespace enrichd::test::misp_fetch_test
