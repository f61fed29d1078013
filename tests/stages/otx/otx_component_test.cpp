#include "stages/otx/otx_component.hpp"

#include <gtest/gtest.h>

#include <chrono>
#include <nlohmann/json.hpp>
#include <string>
#include <utility>

#include "fakes/fake_otx.hpp"
#include "support/component_fixture.hpp"

namespace enrichd::test::otx_component_test {
namespace {

using namespace std::chrono_literals;

class OtxComponentTest : public ComponentFixture {
  protected:
    OtxSettings settings() const {
        OtxSettings out;
        out.config.server.url = otx_.url();
        out.config.key.secret = Secret(fakes::FakeOtx::key);
        out.config.filter.authors = {"AlienVault"};
        out.cache_entries = 100;
        out.max_pending = 1000;
        return out;
    }
    StatusJson ask(OtxComponent& component, const std::string& name) {
        const Component::Asked asked = run(io_, component.ask(*HostName::parse(name)));
        return asked.failure.empty() ? StatusJson::parse(asked.found) : StatusJson(asked.failure);
    }

    static task<void> ask_in_background(OtxComponent& component, HostName name) {
        const Component::Asked asked = co_await component.ask(std::move(name));
        EXPECT_EQ(asked.failure, "") << "it waits for the right key";
    }

    static task<void> ask_in_vain(OtxComponent& component, HostName name) {
        const Component::Asked asked = co_await component.ask(std::move(name));
        EXPECT_NE(asked.failure, "");
    }

    fakes::FakeOtx otx_;
};

TEST_F(OtxComponentTest, IsAskedByAnOperatorAndRemembersForTheNextRun) {
    OtxComponent first(around_, settings());
    EXPECT_FALSE(run(io_, first.restore()));
    const StatusJson found = ask(first, "bad.com");
    ASSERT_FALSE(found.empty());
    EXPECT_EQ(found[0]["pulse_count"], 1) << "of AlienVault";
    end(first);
    Pipeline another(sink_);
    OtxComponent next({io_, work_, lookup_, another, &state_}, settings());
    EXPECT_FALSE(run(io_, next.restore()));
    EXPECT_EQ(next.cached(), first.cached());
    next.flush(*HostName::parse("bad.com"));
    EXPECT_TRUE(next.cached(*HostName::parse("bad.com")).empty());
    EXPECT_EQ(run(io_, snapshot_.count()).value(), next.cached());
}

TEST_F(OtxComponentTest, ForgetsWhatAnotherFilterHasLeft) {
    OtxComponent component(around_, settings());
    EXPECT_FALSE(run(io_, component.restore()));
    ASSERT_FALSE(ask(component, "bad.com").empty());
    component.configure(settings());
    EXPECT_GT(component.cached(), 0U) << "nothing has changed";
    OtxSettings stricter = settings();
    stricter.config.filter.min_pulses = 9;
    component.configure(stricter);
    EXPECT_EQ(component.cached(), 0U);
    EXPECT_EQ(run(io_, snapshot_.count()).value(), 0U);
    end(component);
}

TEST_F(OtxComponentTest, ANewKeyEndsThePauseThatTheOldOneCaused) {
    OtxSettings wrong = settings();
    wrong.config.key.secret = Secret(std::string(64, 'f'));
    OtxComponent component(around_, wrong);
    work_.spawn("ask", ask_in_background(component, *HostName::parse("bad.com")));
    EXPECT_TRUE(run_until(io_, [&] { return component.trouble().has_value(); }));
    EXPECT_EQ(component.trouble(), errc::key_refused);
    component.configure(settings());
    EXPECT_TRUE(run_until(io_, [&] { return !component.trouble(); }));
    end(component);
}

TEST_F(OtxComponentTest, AsksAnotherServerWhatTheOldOneHasNotAnswered) {
    otx_.fail_always(fakes::OtxFault::silence);
    OtxSettings of = settings();
    of.config.timeout = 300ms;
    OtxComponent component(around_, of);
    work_.spawn("ask", ask_in_background(component, *HostName::parse("bad.com")));
    EXPECT_TRUE(run_until(io_, [&] { return otx_.requests() > 0; }));
    const fakes::FakeOtx another;
    of.config.server.url = another.url();
    component.configure(of);
    EXPECT_TRUE(run_until(io_, [&] { return !component.cached(*HostName::parse("bad.com")).empty(); }));
    EXPECT_GT(another.requests(), 0U);
    end(component);
}

TEST_F(OtxComponentTest, OfAVerbAsksNoMoreThanTheRequestsOfAnHourAndWithoutAWait) {
    OtxSettings of = settings();
    of.config.requests_per_hour = 6;
    of.config.always = true;
    OtxComponent component({io_, work_, lookup_, pipeline_}, of);
    for (int i = 0; i < 10; ++i) {
        Job job{{"1", {}, "www.x" + std::to_string(i) + ".com"}, Clock::now()};
        EXPECT_TRUE(run(io_, pipeline_.run(job)));
    }
    EXPECT_EQ(otx_.requests(), 6U);
    end(component);
}

TEST_F(OtxComponentTest, OfAVerbAFailureIsTroubleAtOnceThoughAnotherNameWasAnswered) {
    OtxSettings of = settings();
    of.config.always = true;
    OtxComponent component({io_, work_, lookup_, pipeline_}, of);
    Job answered{{"1", {}, "www.x.com"}, Clock::now()};
    EXPECT_TRUE(run(io_, pipeline_.run(answered)));
    EXPECT_FALSE(component.trouble());
    otx_.fail_always(fakes::OtxFault::broken);
    work_.spawn("ask", ask_in_vain(component, *HostName::parse("www.y.com")));
    EXPECT_TRUE(run_until(io_, [&] { return component.trouble().has_value(); }));
    end(component);
}

TEST_F(OtxComponentTest, IsOffWithoutAKeyAndSaysWhy) {
    OtxSettings off = settings();
    off.config.key.secret = Secret();
    OtxComponent component(around_, off);
    EXPECT_EQ(pipeline_.find("otx"), nullptr);
    EXPECT_EQ(component.described(), "off: no key");
    EXPECT_FALSE(run(io_, component.restore()));
    EXPECT_NE(ask(component, "bad.com").get<std::string>().find("OTX is off"), std::string::npos);
    end(component);
}

}  // namespace
}  // namespace enrichd::test::otx_component_test
