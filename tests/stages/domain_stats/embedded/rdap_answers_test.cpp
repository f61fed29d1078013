// What registries were seen to answer, over HTTP to the category.
#include <gtest/gtest.h>

#include "fakes/http_server.hpp"
#include "stages/domain_stats/embedded/domain_age.hpp"
#include "stages/domain_stats/embedded/rdap.hpp"
#include "support/cases.hpp"
#include "support/run.hpp"

namespace enrichd::test::rdap_answers_test {
namespace {

using nlohmann::json;

constexpr WallTime now = std::chrono::sys_days(std::chrono::year(2026) / 11 / 28);

/// A registry that answers as one case says.
class Registry {
  public:
    explicit Registry(const json& one)
        : one_(one), server_([this](const fakes::Request& request) { return serve(request.target); }) {}

    RdapBootstrap bootstrap() const {
        const std::string url = "http://127.0.0.1:" + std::to_string(server_.port()) + "/";
        return RdapBootstrap::parse(json{{"services", {{{"com"}, {url}}}}}.dump()).value();
    }

  private:
    fakes::Reply serve(const std::string& target) const {
        const std::string name = target.substr(target.rfind('/') + 1);
        std::string headers;
        if (one_.contains("headers"))
            headers =
                "Location: " + replaced(replaced(one_["headers"]["Location"], "SELF", target), "NAME", name) +
                "\r\n";
        return fakes::answer(one_["status"], one_["ctype"], replaced(one_["body"], "NAME", name), headers);
    }

    const json one_;
    fakes::HttpServer server_;
};

std::string category_of(const json& one, const std::string& domain = "evil-name.com") {
    asio::io_context io;
    Lookup lookup(io);
    const Registry registry(one);
    Rdap rdap(io, lookup, registry.bootstrap(), {});
    const RdapAnswer answer = run(io, rdap.ask(domain, true));
    rdap.close_idle();
    io.restart();
    io.poll();
    if (!answer.registration) return "UNKNOWN";
    return established(*answer.registration, now, {}) ? "ESTABLISHED" : "NEW";
}

TEST(RdapAnswers, GiveWhatUsersExpect) {
    for (const json& one : cases_of("rdap"))
        EXPECT_EQ(category_of(one), one["expect"].get<std::string>()) << one["id"];
}

TEST(RdapAnswers, NameTheDomainInAnySpelling) {
    json one = cases_of("rdap").front();
    ASSERT_EQ(one["expect"], "ESTABLISHED");
    const std::string body = one["body"];
    const std::string ldh_name = R"("ldhName": "NAME")";
    for (const char* names : {R"("ldhName": "XN--BCHER-KVA.COM.")", R"("unicodeName": "B\u00dcCHER.com")",
                              R"("ldhName": "x.com", "unicodeName": "b\u00fccher.com")", R"("ldhName": null)",
                              R"("ldhName": "")"}) {
        one["body"] = replaced(body, ldh_name, names);
        EXPECT_EQ(category_of(one, "xn--bcher-kva.com"), "ESTABLISHED") << names;
    }
    for (const char* names : {R"("ldhName": "bcher.com")", R"("ldhName": "a.xn--bcher-kva.com")",
                              R"("ldhName": 7)", R"("unicodeName": "bucher.com")", R"("ldhName": "com")"}) {
        one["body"] = replaced(body, ldh_name, names);
        EXPECT_EQ(category_of(one, "xn--bcher-kva.com"), "UNKNOWN") << names;
    }
}

}  // namespace
}  // namespace enrichd::test::rdap_answers_test
